// Ops on pictures and lines at the edges: no sample at all, and one as it is among others.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"

using namespace lively;

namespace {

struct Layer {
  const char* name;
  Shape sample;
  std::function<Variable(const Variable&)> call;
};

Variable normalised(const Variable& x, bool joined) {
  const int64_t c = x.size(1);
  RunningMoments running{Tensor::full({c}, 0.3), Tensor::full({c}, 2)};
  const Variable w(Tensor::full({c}, 1.5)), b(Tensor::full({c}, 0.1));
  return (joined ? batch_norm_relu : batch_norm)(x, w, b, running, NormBy::running, 1e-5);
}

Tensor classes(const Variable& x) { return Tensor::full({x.size(0)}, 2, Dtype::int64); }

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all{
      {"conv2d", {3, 5, 5},
          [](const Variable& x) {
            return conv2d(x, Variable(Tensor::ones({4, 3, 3, 3})), {}, {.padding = 1});
          }},
      {"max_pool2d", {3, 6, 4}, [](const Variable& x) { return max_pool2d(x, {.kernel = 2}); }},
      {"avg_pool2d", {3, 6, 4},
          [](const Variable& x) {
            return avg_pool2d(x, {.kernel = 3, .stride = 1, .padding = 1});
          }},
      {"adaptive_max_pool2d", {3, 6, 4},
          [](const Variable& x) {
            return adaptive_max_pool2d(x, {2, 3});
          }},
      {"adaptive_avg_pool2d", {3, 6, 4},
          [](const Variable& x) { return adaptive_avg_pool2d(x, 1); }},
      {"batch_norm", {3, 2, 2}, [](const Variable& x) { return normalised(x, false); }},
      {"batch_norm_relu", {20, 3, 3}, [](const Variable& x) { return normalised(x, true); }},
      {"batch_norm of features", {5}, [](const Variable& x) { return normalised(x, false); }},
      {"layer_norm", {4, 3},
          [](const Variable& x) {
            return layer_norm(x, Variable(Tensor::ones({4, 3})), Variable(Tensor::zeros({4, 3})));
          }},
      {"group_norm", {6, 3, 2}, [](const Variable& x) { return group_norm(x, 3); }},
      {"instance_norm", {5, 4}, [](const Variable& x) { return instance_norm(x); }},
      {"conv_transpose2d", {3, 4, 5},
          [](const Variable& x) {
            return conv_transpose2d(
                x, Variable(Tensor::ones({3, 4, 3, 3})), {}, {.stride = 2, .output_padding = 1});
          }},
      {"prod", {3, 4}, [](const Variable& x) { return prod(x, {1}); }},
      {"pad by reflection", {3, 4},
          [](const Variable& x) {
            return pad(x, {{1, 2, 1}, {2, 1, 3}}, PadMode::reflect);
          }},
      {"softmax", {7}, [](const Variable& x) { return softmax(x, 1); }},
      {"log_softmax", {7}, [](const Variable& x) { return log_softmax(x, -1); }},
      {"celu", {7}, [](const Variable& x) { return celu(x); }},
      {"mish", {7}, [](const Variable& x) { return mish(x); }},
      {"hardswish", {7}, [](const Variable& x) { return hardswish(x); }},
      {"gelu_tanh", {7}, [](const Variable& x) { return gelu_tanh(x); }},
      {"pow", {7}, [](const Variable& x) { return pow(x, 2); }},
      {"clamp", {7}, [](const Variable& x) { return clamp(x, -1, 1); }},
      {"abs", {7}, [](const Variable& x) { return abs(x); }},
      {"l1_loss", {7},
          [](const Variable& x) { return l1_loss(x, Tensor::zeros(x.shape()), Reduction::none); }},
      {"huber_loss", {7},
          [](const Variable& x) {
            return huber_loss(x, Tensor::zeros(x.shape()), 1, Reduction::none);
          }},
      {"smooth_l1_loss", {7},
          [](const Variable& x) {
            return smooth_l1_loss(x, Tensor::zeros(x.shape()), 2, Reduction::none);
          }},
      {"bce_with_logits", {7},
          [](const Variable& x) {
            return bce_with_logits(x, Tensor::ones(x.shape()), {}, Reduction::none);
          }},
      {"cross_entropy", {7},
          [](const Variable& x) {
            return cross_entropy(
                x, classes(x), {.label_smoothing = 0.1, .reduction = Reduction::none});
          }},
      {"nll_loss", {7},
          [](const Variable& x) {
            return nll_loss(x, classes(x), {.reduction = Reduction::none});
          }},
      {"softsign", {7}, [](const Variable& x) { return softsign(x); }},
      {"add_relu", {3, 2, 2}, [](const Variable& x) { return add_relu(x, x); }},
      {"embedding", {4},
          [](const Variable& x) {
            const Tensor words = Tensor::full({x.size(0)}, 1, Dtype::int64);
            return embedding(Variable(Tensor::ones({3, 4})), words) * x;
          }},
      {"one_hot", {7},
          [](const Variable& x) { return x * Variable(one_hot(classes(x), 7, x.dtype())); }},
      {"stack", {3},
          [](const Variable& x) {
            return stack({x, x}, 1);
          }},
      {"split", {4},
          [](const Variable& x) {
            return split(x, {1, 3}, 1)[1];
          }},
      {"pad", {3, 2},
          [](const Variable& x) {
            return pad(x, {{1, 1, 2}});
          }},
      {"cumsum", {3, 2}, [](const Variable& x) { return cumsum(x, 1); }},
      {"index_select", {4},
          [](const Variable& x) {
            return index_select(x, 1, Tensor::of<int64_t>({3, 0}));
          }},
  };
  return all;
}

Tensor random(const Shape& sample, int64_t n) {
  Shape shape = sample;
  shape.insert(0, n);
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{6}, "batches");
  fill_normal(t, stream, 0, 1);
  return t;
}

}  // namespace

TEST_CASE("batches: no sample gives no result, and a gradient of none") {
  for (const Layer& layer : layers()) {
    CAPTURE(layer.name);
    Variable x = parameter(random(layer.sample, 0));
    const Variable y = layer.call(x);
    CHECK(y.size(0) == 0);
    sum(y).backward();
    REQUIRE(x.grad().defined());
    CHECK(x.grad().shape() == x.shape());
  }
}

TEST_CASE(
    "batches: the divergence of no sample, a mean over them, is no number, as PyTorch has it") {
  Variable x = parameter(random({4}, 0));
  const Variable y = kl_div(x, Tensor::zeros({0, 4}));
  CHECK(std::isnan(y.item()));
  y.backward();
  CHECK(x.grad().shape() == x.shape());
}

TEST_CASE("batches: one sample gives the bits that it gives among others") {
  for (const Layer& layer : layers()) {
    CAPTURE(layer.name);
    const Tensor x = random(layer.sample, 5);
    Variable all = parameter(x.clone()), one = parameter(x.slice(0, 3, 4).clone());
    const Variable y = layer.call(all), z = layer.call(one);
    sum(y).backward();
    sum(z).backward();
    const auto same = [](const Tensor& among, const Tensor& alone) {
      const Tensor a = among.slice(0, 3, 4).contiguous(), b = alone.contiguous();
      REQUIRE(a.shape() == b.shape());
      CHECK(std::ranges::equal(a.values<float>(), b.values<float>()));
    };
    same(y.data(), z.data());
    same(all.grad(), one.grad());
  }
}

TEST_CASE("batches: error texts of the ops on axes") {
  const Variable x(random({4}, 3));
  CHECK_THROWS_WITH_AS(
      split(x, {1, 2}, 1), "split: [3,4] into 3 along axis 1: sizes must add up to 4", ShapeError);
  CHECK_THROWS_WITH_AS(split(x, {5, -1}, 1), "split: size -1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(index_select(x, 1, Tensor::of<int64_t>({4})),
      "index_select: index 4: needs 0 to 3", ValueError);
  CHECK_THROWS_WITH_AS(
      embedding(x, Tensor::of<int64_t>({3})), "embedding: index 3: needs 0 to 2", ValueError);
  CHECK_THROWS_WITH_AS(
      stack({x, Variable(random({5}, 3))}, 0), "stack: [3,4] and [3,5]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(
      pad(x, {{1, -1, 0}}), "pad: -1 before and 0 after axis 1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(layer_norm(x, Variable(Tensor::ones({3})), Variable(Tensor::ones({3}))),
      "layer_norm: [3,4] with weight [3] and bias [3]: needs x's last sizes", ShapeError);
  CHECK_THROWS_WITH_AS(add_relu(x, Variable(random({1}, 3))),
      "add_relu: [3,4] and [3,1]: must be equal", ShapeError);
  const Tensor none = Tensor::zeros({2});
  CHECK_THROWS_WITH_AS(
      l1_loss(x, none), "l1_loss: [3,4] and target [2]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(
      huber_loss(x, none), "huber_loss: [3,4] and target [2]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(
      huber_loss(x, x.data(), 0), "huber_loss: delta 0: needs more than 0", ValueError);
  CHECK_THROWS_WITH_AS(
      smooth_l1_loss(x, x.data(), -1), "smooth_l1_loss: beta -1: needs 0 or more", ValueError);
  CHECK_THROWS_WITH_AS(
      bce_with_logits(x, none), "bce_with_logits: [3,4] and target [2]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(
      kl_div(x, none), "kl_div: [3,4] and target [2]: must be equal, [N, ...]", ShapeError);
  CHECK_THROWS_WITH_AS(cross_entropy(x, Tensor::arange(2)),
      "cross_entropy: [3,4] with int64 target [2]: needs [N, K] with int64 [N]", ShapeError);
  CHECK_THROWS_WITH_AS(cross_entropy(x, Tensor::ones({3, 4}, Dtype::float64)),
      doctest::Contains("float32 logits with probabilities of float64: needs the same"),
      DtypeError);
  CHECK_THROWS_WITH_AS(cross_entropy(x, Tensor::full({3}, 4, Dtype::int64)),
      "cross_entropy: target 4: needs 0 to 3", ValueError);
  CHECK_THROWS_WITH_AS(cross_entropy(x, Tensor::arange(3), {.label_smoothing = 2}),
      "cross_entropy: label_smoothing 2: needs 0 to 1", ValueError);
  CHECK_THROWS_WITH_AS(nll_loss(x, Tensor::arange(3), {.weight = Tensor::ones({3})}),
      "nll_loss: weight [3] for [3,4]: needs [K]", ShapeError);
  CHECK_THROWS_WITH_AS(celu(x, 0), "celu: alpha 0: must not be 0", ValueError);
  CHECK_THROWS_WITH_AS(
      cumsum(x, 2), "cumsum: axis 2 of [3,4]: needs an axis from -2 to 1", ShapeError);
  CHECK_THROWS_WITH_AS(clamp(x, std::nan(""), 1), "clamp: nan to 1: needs two numbers", ValueError);
  CHECK_THROWS_WITH_AS(
      one_hot(Tensor::full({1}, 4, Dtype::int64), 4), "one_hot: index 4: needs 0 to 3", ValueError);
  CHECK_THROWS_WITH_AS(embedding(Variable(random({}, 3)), Tensor::arange(2)),
      "embedding: weight [3]: needs [V, D]", ShapeError);
}

TEST_CASE("batches: axes without elements") {
  CHECK(cumsum(Variable(Tensor::zeros({2, 3, 0})), 1).shape() == Shape{2, 3, 0});
  const Variable none(Tensor::zeros({4, 0})), nothing(Tensor::zeros({0}));
  RunningMoments running{Tensor::zeros({0}), Tensor::zeros({0})};
  CHECK(batch_norm(none, nothing, nothing, running, NormBy::batch).shape() == Shape{4, 0});
  const Variable pictures(Tensor::zeros({1, 1, 0, 5}));
  CHECK_THROWS_WITH_AS(max_pool2d(pictures, {.kernel = 2, .padding = 1}),
      "max_pool2d: [1,1,0,5]: needs pictures of at least one pixel", ShapeError);
  CHECK_THROWS_WITH_AS(
      conv2d(Variable(Tensor::zeros({1, 1, 5, 5})), Variable(Tensor::zeros({0, 1, 3, 3}))),
      "conv2d: weight [0,1,3,3]: needs channels", ShapeError);
}

TEST_CASE("cross_entropy: what is not asked for does not spoil it") {
  // PyTorch gives 0 where the other class is impossible, and passes over ignored rows whatever they
  // hold.
  const Variable x(Tensor::of<float>({0, -INFINITY, NAN, NAN}, {2, 2}));
  CHECK(cross_entropy(Variable(x.data().slice(0, 0, 1)), Tensor::of<int64_t>({0})).item() == 0);
  CHECK(cross_entropy(x, Tensor::of<int64_t>({0, -100})).item() == 0);
}
