#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/gradcheck.h"
#include "lively/autograd/ops.h"

using namespace lively;

namespace {

Variable leaf(std::initializer_list<float> values) { return parameter(Tensor::of<float>(values)); }

std::vector<float> grad_of(const Variable& v) {
  const auto g = v.grad().values<float>();
  return {g.begin(), g.end()};
}

}  // namespace

TEST_CASE("backward: a value used several times gets the sum") {
  const Variable x = leaf({2, 3});
  sum(x * x + x).backward();  // 2x + 1
  CHECK(grad_of(x) == std::vector<float>{5, 7});
}

TEST_CASE("backward: gradients add up over calls, and a copy taken stays") {
  const Variable x = leaf({1});
  sum(x * 2).backward();
  const Tensor first = x.grad();
  sum(x * 3).backward();
  CHECK(x.grad().item() == 5);
  CHECK(first.item() == 2);
}

TEST_CASE("backward: two leaves of an add do not share one gradient") {
  Variable a = leaf({1}), b = leaf({2});
  sum(a + b).backward();
  sum(a * 10).backward();
  CHECK(a.grad().item() == 11);
  CHECK(b.grad().item() == 1);
}

TEST_CASE("backward: error when run twice, unless the graph is retained") {
  const Variable x = leaf({2});
  const Variable y = sum(x * x);
  y.backward(true);
  y.backward();
  CHECK(x.grad().item() == 8);
  CHECK_THROWS_WITH_AS(y.backward(),
      "backward: sum was run backward before and its saved tensors are gone: "
      "pass retain_graph the first time",
      StateError);
}

TEST_CASE("backward: error texts") {
  const Variable x = leaf({1, 2});
  CHECK_THROWS_WITH_AS((x * 2).backward(),
      "backward: [2]: needs a single element, or a gradient to start from", ShapeError);
  CHECK_THROWS_WITH_AS((x * 2).backward(Tensor::ones({3})),
      "backward: gradient [3] for [2]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(Variable(Tensor::ones({1})).backward(),
      "backward: this value does not depend on anything that wants a gradient", StateError);
  CHECK_THROWS_WITH_AS(parameter(Tensor::zeros({2}, Dtype::int64)),
      "variable: int64: only floats have gradients", DtypeError);
  CHECK_THROWS_WITH_AS(
      matmul(Variable(Tensor::ones({128, 784})), Variable(Tensor::ones({10, 128}))),
      "gemm: [128,784] x [10,128]: inner sizes 784 and 10 differ", ShapeError);
  CHECK_THROWS_WITH_AS(add(Variable(Tensor::ones({2, 3})), Variable(Tensor::ones({4}))),
      "add: [2,3] and [4]: axis -1 has sizes 3 and 4, which must be equal or 1", ShapeError);
}

TEST_CASE("backward: a saved tensor changed in place is caught and named") {
  Variable x = leaf({2, 3});
  const Variable y = sum(x * x);
  x.mutable_data().fill(1);
  CHECK_THROWS_WITH_AS(y.backward(),
      "mul: a tensor [2] that backward needs was changed in place since (version 1, saved at 0)",
      StateError);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("backward: an op of many inputs is told which of them want a gradient, to the last") {
  constexpr std::size_t kInputs = 200, kWanting = 150;
  std::vector<Variable> inputs(kInputs, Variable(Tensor::ones({1})));
  inputs[kWanting] = leaf({1});
  std::vector<std::size_t> told;
  const Variable y = differentiable(
      "many", Tensor::ones({1}), grads(inputs, [&told](const Tensor& dy, Wanted wanted) {
        for (std::size_t i = 0; i < kInputs; ++i)
          if (wanted[i]) told.push_back(i);
        return std::vector<Tensor>(kInputs, dy);
      }));
  y.backward();
  CHECK(told == std::vector<std::size_t>{kWanting});
  CHECK(inputs[kWanting].grad().item() == 1);
}

TEST_CASE("backward: detach cuts, NoGrad records nothing") {
  const Variable x = leaf({3});
  sum(x * x.detach()).backward();
  CHECK(x.grad().item() == 3);
  const NoGrad no_grad;
  CHECK_FALSE((x * 2).requires_grad());
}

TEST_CASE("backward: hooks see the whole gradient and may change it") {
  Variable x = leaf({1});
  Variable h = x * 2;
  std::vector<double> seen;
  h.register_hook([&](const Tensor& g) {
    seen.push_back(g.item());
    return Tensor::scalar(100).reshape({1});
  });
  x.register_hook([&](const Tensor& g) {
    seen.push_back(g.item());
    return Tensor();
  });
  sum(h * 3 + h).backward();
  CHECK(seen == std::vector<double>{4, 200});
  CHECK(x.grad().item() == 200);
}

TEST_CASE("backward: retain_grad keeps the gradient of an inner value") {
  const Variable x = leaf({1});
  Variable h = x * 2;
  h.retain_grad();
  sum(h * h).backward();
  CHECK(h.grad().item() == 4);
}

TEST_CASE("backward: a graph 100,000 ops deep runs and is freed") {
  const int64_t before = detail::live_nodes();
  {
    const Variable x = leaf({1});
    Variable y = x;
    for (int i = 0; i < 100000; ++i) y = y + 1.0;
    sum(y).backward();
    CHECK(x.grad().item() == 1);
    Variable z = x;
    for (int i = 0; i < 100000; ++i) z = z * 1.0;  // freed without having run
  }
  CHECK(detail::live_nodes() == before);
}

// Freed after the destructors of the main thread have run; the address sanitizer watches.
static const Variable kStaticGraph = parameter(Tensor::ones({2})) * 2.0 + 1.0;

TEST_CASE("backward: a static graph outlives its thread's own objects") {
  CHECK(kStaticGraph.requires_grad());
}

TEST_CASE("backward: data of values that nobody holds is given up") {
  const Variable x = leaf({1, 2});
  Tensor kept;
  Variable y;
  {
    const Variable h = x + 1.0;
    kept = h.data();
    y = sum(h + 1.0);
  }
  CHECK(kept.is_only_handle());
  y.backward();
  CHECK(grad_of(x) == std::vector<float>{1, 1});
}

TEST_CASE("anomaly: the first op with a NaN is named, forward and backward") {
  const DetectAnomaly detect;
  const Variable x = leaf({-1, 4});
  CHECK_THROWS_WITH_AS(
      log(x), "log: result [2] has 1 values that are not finite (nan to nan)", StateError);
  const Variable zero = leaf({0});
  const Variable y = sum(sqrt(zero));
  CHECK_THROWS_WITH_AS(
      y.backward(), "sqrt: gradient [1] has 1 values that are not finite (inf to inf)", StateError);
  try {
    (void)log(x);
  } catch (const AnomalyError& e) {
    CHECK(e.op == "log");
    CHECK(e.path.empty());
    CHECK_FALSE(e.backward);
    CHECK(e.tensor.numel() == 2);
  }
}

TEST_CASE("gradcheck: finds a wrong gradient and says where") {
  // The derivative of detach is lost on purpose.
  const GradCheck wrong =
      gradcheck("broken", [](const std::vector<Variable>& v) { return v[0] * v[0].detach(); },
          {Tensor::of<double>({2.0, 5.0})});
  CHECK_FALSE(wrong.ok);
  CHECK(wrong.text.find("broken: the gradient is wrong at input 0 [2] index 0: analytic ") == 0);
  CHECK(wrong.text.find("seed 1") != std::string::npos);
}

TEST_CASE("gradcheck: refuses a kink and says so") {
  const GradCheck kink = gradcheck("relu",
      [](const std::vector<Variable>& v) { return relu(v[0]); }, {Tensor::of<double>({3e-6, 1.0})});
  CHECK_FALSE(kink.ok);
  CHECK(kink.text.find("relu: a kink lies within the step of input 0 [2] index 0") == 0);
  const GradCheck third =
      gradcheck("relu", [](const std::vector<Variable>& v) { return relu(v[0]); },
          {Tensor::of<double>({3.4e-6, 1.0})});
  CHECK(third.text.find("relu: a kink lies within the step of input 0 [2] index 0") == 0);
  CHECK_THROWS_WITH_AS(gradcheck("relu", [](const std::vector<Variable>& v) { return relu(v[0]); },
                           {Tensor::ones({1})}),
      "gradcheck: relu: input of float32: needs float64", DtypeError);
}
