// What autograd/ says about operands that do not fit, to the letter. More of it stands beside what
// it is about: engine_test.cpp, batches_test.cpp; undefined operands in undefined_test.cpp.
#include <doctest/doctest.h>

#include <limits>

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

TEST_CASE("errors: group norms, transposed convolutions, paddings that do not fit") {
  const Variable x = of({2, 6, 3});
  CHECK_THROWS_WITH_AS(group_norm(x, 4),
      "group_norm: [2,6,3] in 4 groups: needs at least 1, which "
      "divide the channels",
      ValueError);
  CHECK_THROWS_WITH_AS(group_norm(of({1, 6}), 6),
      "group_norm: [1,6] in 6 groups: a single value has no moments", ValueError);
  CHECK_THROWS_WITH_AS(group_norm(x, 2, of({6}), of({3})),
      "group_norm: [2,6,3] with weight [6] and bias [3]: needs [N, C, ...] with [C] each",
      ShapeError);
  CHECK_THROWS_WITH_AS(instance_norm(of({2, 6}), of({6}), of({6})),
      "instance_norm: [2,6] with weight [6] and bias [6]: needs [N, C, L, ...] with [C] each",
      ShapeError);
  CHECK_THROWS_WITH_AS(group_norm(x, 2, of({6}, Dtype::float64), of({6})),
      "group_norm: float32 with float64: needs one dtype", DtypeError);
  const Variable pictures = of({1, 4, 3, 3});
  CHECK_THROWS_WITH_AS(conv_transpose2d(x, of({4, 2, 3, 3})),
      "conv_transpose2d: [2,6,3] by [4,2,3,3]: needs [N,C,H,W] by [C,O/groups,KH,KW]", ShapeError);
  CHECK_THROWS_WITH_AS(conv_transpose2d(pictures, of({3, 2, 3, 3})),
      "conv_transpose2d: [1,4,3,3] by [3,2,3,3] in 1 group: channels do not fit", ShapeError);
  CHECK_THROWS_WITH_AS(conv_transpose2d(pictures, of({4, 2, 3, 3}), {}, {.output_padding = 1}),
      "conv_transpose2d: stride 1x1, padding 0x0, output padding 1x1, dilation 1x1, groups 1: "
      "needs "
      "paddings of at least 0, the others of at least 1, and an output padding below the stride or "
      "the dilation",
      ValueError);
  CHECK_THROWS_WITH_AS(conv_transpose2d(pictures, of({4, 2, 1, 1}), {}, {.padding = 2}),
      "conv_transpose2d: [1,4,3,3] by [4,2,1,1] to -1x-1: needs at least one pixel before and "
      "after",
      ShapeError);
  CHECK_THROWS_WITH_AS(conv_transpose2d(pictures, of({4, 2, 3, 3}), of({4})),
      "conv_transpose2d: bias [4] for weight [4,2,3,3]: needs [O]", ShapeError);
  CHECK_THROWS_WITH_AS(conv_transpose2d(pictures, of({4, 2, 3, 3}, Dtype::float64)),
      "conv_transpose2d: float32 and float64: needs float32 or float64, all the same", DtypeError);
  CHECK_THROWS_WITH_AS(pad(x, {{-1, 3, 0}}, PadMode::reflect),
      "pad: 3 before and 0 after axis 2 of [2,6,3]: a reflection needs fewer than there are",
      ShapeError);
  CHECK_THROWS_WITH_AS(pad(of({2, 0}), {{1, 1, 0}}, PadMode::replicate),
      "pad: 1 before and 0 after axis 1 of [2,0]: there is nothing to repeat", ShapeError);
  CHECK_THROWS_WITH_AS(
      pad(x, {{-1, 1, 0}, {2, 0, 1}}), "pad: axis 2 of [2,6,3]: named twice", ValueError);
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_WITH_AS(pad(x, {{-1, most, 0}}),
      "pad: 9223372036854775807 before and 0 after axis 2 of [2,6,3]: too large", ShapeError);
  CHECK_THROWS_AS(pad(x, {{-1, most, most}}, PadMode::replicate), ShapeError);
  CHECK_THROWS_WITH_AS(max_pool2d(pictures, {.kernel = most}),
      "max_pool2d: 9223372036854775807x9223372036854775807: needs a kernel, stride, dilation and "
      "padding of at most 1073741824",
      ValueError);
  CHECK_THROWS_AS(avg_pool2d(pictures, {.kernel = 2, .stride = most}), ValueError);
  CHECK_THROWS_AS(max_pool2d(pictures, {.kernel = 2, .dilation = most}), ValueError);
  CHECK_THROWS_AS(max_pool2d(pictures, {.kernel = 1 << 30, .dilation = 1 << 30}), ShapeError);
  CHECK_THROWS_WITH_AS(embedding(of({4, 2}), Tensor::arange(2), -5),
      "embedding: padding index -5: needs -4 to 3", ValueError);
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
