#pragma once

#include <memory>

#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/sequential.h"

// Many small networks trained at once, for counts over many runs. Small networks are overhead, not
// arithmetic: here M of them share each tensor, [M, …], and so one tape and one step of the
// optimizer, which treats every number by itself. None sees the others.

namespace lively {

// y[m] = weight[m] · x[m] + bias[m]: [M, in, N], or [in, N] for all -> [M, out, N]. Samples are
// the last axis, so that they lie side by side.
class StackedLinear final : public Module {
 public:
  Variable weight;  // [M, out, in]
  Variable bias;    // [M, out]

  // All 0, until someone draws them. Throws ValueError if a size is below 1.
  StackedLinear(int64_t nets, int64_t in, int64_t out, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
};

// M multi-layer perceptrons of one shape.
//
//   StackedMlp nets(32, {.inputs = 1, .depth = 10, .width = 2, .classes = 1});
//   nets.initialize(Initializer::parse("he_normal"), Seed{1});
//   Adam adam(nets.parameters());
//   for (…) {
//     adam.zero_grad();
//     sum(mean(square(nets(x) - y), {1, 2})).backward();  // x [1, N], y [1, N]
//     adam.step();
//   }
//
// The losses of all nets are summed, so that each has the gradient that it would have alone.
class StackedMlp final : public Module {
 public:
  // Throws ValueError if a size does not fit, and for what would tie nets together or is not
  // made for it: a norm, shortcuts, dropout, prelu.
  StackedMlp(int64_t nets, const MlpShape& shape);

  int64_t nets() const { return nets_; }
  // Draws each net m as lively::initialize(mlp(shape), weights, Seed{first + m}, biases) would, to
  // the bit.
  void initialize(const Initializer& weights, Seed first,
      const Initializer& biases = Initializer::parse("zeros"));
  // A copy of net m as mlp(shape) makes it, for all that looks at one network: a census, a
  // verdict, a file. Throws ValueError unless 0 <= m < nets().
  std::unique_ptr<Sequential> net(int64_t m) const;

  Variable forward(const Variable& x) override;  // [M, inputs, N] or [inputs, N] -> [M, classes, N]
  std::string describe() const override;

 private:
  int64_t nets_;
  MlpShape shape_;
  Sequential layers_;
};

}  // namespace lively
