// What autograd/ says about operands that do not fit, to the letter. More of it stands beside what
// it is about: engine_test.cpp, batches_test.cpp; undefined operands in undefined_test.cpp.
#include <doctest/doctest.h>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"

using namespace lively;

namespace {

Variable of(const Shape& shape, Dtype dtype = Dtype::float32) {
  return Variable(Tensor::zeros(shape, dtype));
}

// Counts fewer units than there are.
struct TooFew final : RectifierListener {
  UnitCounts few;
  UnitCounts* counts(const RectifierSite&) override { return &few; }
};

}  // namespace

TEST_CASE("errors: gradients that do not fit") {
  Variable x = parameter(Tensor::zeros({2, 3}));
  CHECK_THROWS_WITH_AS(
      x.set_grad(Tensor::zeros({3})), "set_grad: [3] for [2,3]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(x.set_grad(Tensor::zeros({2, 3}, Dtype::float64)),
      "set_grad: float64 for float32: must be equal", DtypeError);
  Variable constant = of({1});
  CHECK_THROWS_WITH_AS(constant.register_hook([](const Tensor& g) { return g; }),
      "register_hook: this value wants no gradient", StateError);
  const Variable y = differentiable("widens", Tensor::zeros({2, 3}),
      grad(x, [](const Tensor& dy) { return dy.to(Dtype::float64); }));
  CHECK_THROWS_WITH_AS(y.backward(Tensor::ones({2, 3})),
      "backward: widens gave a gradient of float64 for float32", DtypeError);
}

TEST_CASE("errors: layers with weights that do not fit") {
  const Variable x = of({2, 3});
  CHECK_THROWS_WITH_AS(
      linear(x, of({4, 3}), of({3})), "linear: bias [3] for weight [4,3]: needs [out]", ShapeError);
  CHECK_THROWS_WITH_AS(affine(x, of({5, 4, 3}), of({5, 4})),
      "affine: [2,3] by weight [5,4,3]: needs [in, N] or [M, in, N] by [M, out, in]", ShapeError);
  CHECK_THROWS_WITH_AS(affine(of({4, 3, 7}), of({5, 4, 3}), of({5, 4})),
      "affine: [4,3,7] by weight [5,4,3]: needs [in, N] or [M, in, N] by [M, out, in]", ShapeError);
  CHECK_THROWS_WITH_AS(affine(of({3, 7}), of({5, 4, 3}), of({4})),
      "affine: bias [4] for weight [5,4,3]: needs [M, out]", ShapeError);
  CHECK_THROWS_WITH_AS(prelu(x, of({2})),
      "prelu: [2,3] with slope [2]: needs [N, C, ...] with slope [C] or [1]", ShapeError);
  RunningMoments running{Tensor::zeros({3}), Tensor::ones({3})};
  CHECK_THROWS_WITH_AS(batch_norm(x, of({3}), of({2}), running, NormBy::running),
      "batch_norm: [2,3] with weight [3], bias [2], moments [3] and [3]: needs [N, C, ...] with "
      "[C] "
      "each",
      ShapeError);
  CHECK_THROWS_WITH_AS(
      batch_norm_relu(x, of({3}), of({3}, Dtype::float64), running, NormBy::running),
      "batch_norm_relu: float32 with float64: needs one dtype", DtypeError);
  CHECK_THROWS_WITH_AS(layer_norm(x, of({3}, Dtype::float64), of({3})),
      "layer_norm: float32, float64 and float32: needs one dtype", DtypeError);
}

TEST_CASE("errors: casts, losses and counts that do not fit") {
  const Variable x = of({2, 3});
  CHECK_THROWS_WITH_AS(cast(x, Dtype::int64),
      "cast: to int64: needs float32 or float64; integers have no gradient, so convert data() "
      "itself",
      DtypeError);
  CHECK_THROWS_WITH_AS(
      mse_loss(x, Tensor::zeros({3})), "mse_loss: [2,3] and target [3]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(x, Tensor::arange(3)),
      "softmax_cross_entropy: [2,3] with target [3]: needs [N, K] with target [N], N at least 1",
      ShapeError);
  CHECK_THROWS_WITH_AS(clipped_cross_entropy(x, Tensor::zeros({2})),
      "clipped_cross_entropy: target of float32: needs int64", DtypeError);
  TooFew listener;
  listener.few.fired.resize(2);
  listener.few.poisoned.resize(2);
  listener.few.active.resize(2);
  const Observe scope(listener);
  CHECK_THROWS_WITH_AS(relu(x),
      "relu: [2,3] with counts for 2 units: needs 3 in fired, poisoned and active", StateError);
}

TEST_CASE("errors: integers have no transcendental functions") {
  CHECK_THROWS_WITH_AS(softmax(of({2, 3}, Dtype::int64), 1),
      "softmax: got int64: needs float32 or float64", DtypeError);
  CHECK_THROWS_WITH_AS(exp(of({2}, Dtype::uint8)),
      "exp: uint8 and uint8: needs float32 or float64, the same for all", DtypeError);
}
