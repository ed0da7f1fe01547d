#include "lively/nn/stack.h"

#include "lively/autograd/ops.h"
#include "lively/nn/rectifier.h"

namespace lively {

StackedLinear::StackedLinear(int64_t nets, int64_t in, int64_t out, Dtype dtype) {
  if (nets < 1 || in < 1 || out < 1)
    fail<ValueError>("StackedLinear: ", nets, " nets, ", in, " inputs and ", out,
        " outputs: needs at least 1 of each");
  weight = parameter(Tensor::zeros(Shape{nets, out, in}, dtype));
  register_parameter("weight", weight);
  bias = parameter(Tensor::zeros(Shape{nets, out}, dtype));
  register_parameter("bias", bias);
}

Variable StackedLinear::forward(const Variable& x) { return affine(x, weight, bias); }

std::string StackedLinear::describe() const {
  const Shape& w = weight.shape();
  return message("StackedLinear(", w[0], ", ", w[2], ", ", w[1], ")");
}

StackedMlp::StackedMlp(int64_t nets, const MlpShape& shape) : nets_(nets), shape_(shape) {
  if (nets < 1) fail<ValueError>("StackedMlp: ", nets, " nets: needs at least 1");
  const char* alone = shape.norm != Norm::none                ? "a norm"
                      : shape.residual                        ? "shortcuts"
                      : shape.dropout != 0                    ? "dropout"
                      : shape.activation.starts_with("prelu") ? "prelu"
                                                              : nullptr;
  if (alone) fail<ValueError>("StackedMlp: ", alone, ": only for one network at a time, see mlp()");
  // Layer by layer as mlp() has it, so that parameters() of both go in one order.
  const std::unique_ptr<Sequential> one = mlp(shape);
  for (std::size_t i = 1; i < one->size(); ++i) {  // after its Flatten
    Module& module = (*one)[i];
    if (const WeightedLayer* linear = module.as_weighted()) {
      const Shape& w = linear->weight.shape();
      layers_.add(std::make_unique<StackedLinear>(nets, w[1], w[0]), module.title());
    } else {
      layers_.add(make_activation(shape.activation), module.title());
    }
  }
  register_module("layers", layers_);
}

void StackedMlp::initialize(const Initializer& weights, Seed first, const Initializer& biases) {
  const std::unique_ptr<Sequential> one = mlp(shape_);
  const std::vector<Variable> from = one->parameters(), to = parameters();
  for (int64_t m = 0; m < nets_; ++m) {
    lively::initialize(
        *one, weights, Seed{static_cast<uint64_t>(first) + static_cast<uint64_t>(m)}, biases);
    for (std::size_t i = 0; i < to.size(); ++i) {
      Variable all = to[i];
      Tensor place = all.mutable_data().select(0, m);
      place.copy_from(from[i].data());
    }
  }
}

std::unique_ptr<Sequential> StackedMlp::net(int64_t m) const {
  if (m < 0 || m >= nets_)
    fail<ValueError>("StackedMlp: net ", m, ": there are ", nets_, ", counted from 0");
  std::unique_ptr<Sequential> one = mlp(shape_);
  const std::vector<Variable> from = parameters(), to = one->parameters();
  for (std::size_t i = 0; i < to.size(); ++i) {
    Variable own = to[i];
    own.mutable_data().copy_from(from[i].data().select(0, m));
  }
  return one;
}

Variable StackedMlp::forward(const Variable& x) { return layers_(x); }

std::string StackedMlp::describe() const {
  return message("StackedMlp(", nets_, " nets, ", shape_.inputs, " - ", shape_.depth, " x ",
      shape_.width, " - ", shape_.classes, ")");
}

}  // namespace lively
