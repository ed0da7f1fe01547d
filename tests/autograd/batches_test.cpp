// Ops on pictures and lines at the edges: no sample at all, and one as it is among others.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "lively/autograd/ops.h"
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

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all{
      {"conv2d", {3, 5, 5}, [](const Variable& x) { return conv2d(x, Variable(Tensor::ones({4, 3, 3, 3})), {}, {.padding = 1}); }},
      {"max_pool2d", {3, 6, 4}, [](const Variable& x) { return max_pool2d(x, {.kernel = 2}); }},
      {"avg_pool2d", {3, 6, 4}, [](const Variable& x) { return avg_pool2d(x, {.kernel = 3, .stride = 1, .padding = 1}); }},
      {"adaptive_max_pool2d", {3, 6, 4}, [](const Variable& x) { return adaptive_max_pool2d(x, {2, 3}); }},
      {"adaptive_avg_pool2d", {3, 6, 4}, [](const Variable& x) { return adaptive_avg_pool2d(x, 1); }},
      {"batch_norm", {3, 2, 2}, [](const Variable& x) { return normalised(x, false); }},
      {"batch_norm_relu", {20, 3, 3}, [](const Variable& x) { return normalised(x, true); }},
      {"batch_norm of features", {5}, [](const Variable& x) { return normalised(x, false); }},
      {"layer_norm", {4, 3}, [](const Variable& x) { return layer_norm(x, Variable(Tensor::ones({4, 3})), Variable(Tensor::zeros({4, 3}))); }},
      {"softmax", {7}, [](const Variable& x) { return softmax(x, 1); }},
      {"log_softmax", {7}, [](const Variable& x) { return log_softmax(x, -1); }},
      {"softsign", {7}, [](const Variable& x) { return softsign(x); }},
      {"add_relu", {3, 2, 2}, [](const Variable& x) { return add_relu(x, x); }},
      {"stack", {3}, [](const Variable& x) { return stack({x, x}, 1); }},
      {"split", {4}, [](const Variable& x) { return split(x, {1, 3}, 1)[1]; }},
      {"pad", {3, 2}, [](const Variable& x) { return pad(x, {{1, 1, 2}}); }},
      {"cumsum", {3, 2}, [](const Variable& x) { return cumsum(x, 1); }},
      {"index_select", {4}, [](const Variable& x) { return index_select(x, 1, Tensor::of<int64_t>({3, 0})); }},
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
  CHECK_THROWS_WITH_AS(split(x, {1, 2}, 1), "split: [3,4] into 3 along axis 1: sizes must add up to 4", ShapeError);
  CHECK_THROWS_WITH_AS(split(x, {5, -1}, 1), "split: size -1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(stack({x, Variable(random({5}, 3))}, 0), "stack: [3,4] and [3,5]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(pad(x, {{1, -1, 0}}), "pad: -1 before and 0 after axis 1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(layer_norm(x, Variable(Tensor::ones({3})), Variable(Tensor::ones({3}))),
                       "layer_norm: [3,4] with weight [3] and bias [3]: needs x's last sizes", ShapeError);
  CHECK_THROWS_WITH_AS(add_relu(x, Variable(random({1}, 3))), "add_relu: [3,4] and [3,1]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(embedding(Variable(random({}, 3)), Tensor::arange(2)), "embedding: weight [3]: needs [V, D]", ShapeError);
}
