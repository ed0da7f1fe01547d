#include "lively/optim/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/optim/clip.h"
#include "lively/optim/schedule.h"

using namespace lively;

namespace {

Variable weight(std::initializer_list<float> values) { return parameter(Tensor::of<float>(values)); }

}  // namespace

TEST_CASE("optimizer: parameters without a gradient are passed over") {
  Variable a = weight({1}), b = weight({1});
  SGD sgd({a, b}, 0.5, {.momentum = 0.9});
  a.set_grad(Tensor::of<float>({1}));
  sgd.step();
  CHECK(a.data().item() == 0.5);
  CHECK(b.data().item() == 1);
  CHECK(sgd.steps(0) == 1);
  CHECK(sgd.steps(1) == 0);
  sgd.zero_grad();
  CHECK_FALSE(a.grad().defined());
}

TEST_CASE("optimizer: a factor scales the rate of every group") {
  Variable a = weight({0}), b = weight({0});
  SGD sgd({{{a}, 0.1}, {{b}, 1}});
  sgd.set_lr_factor(0.5);
  CHECK(sgd.lr(0) == 0.05);
  CHECK(sgd.lr(1) == 0.5);
  a.set_grad(Tensor::ones({1}));
  b.set_grad(Tensor::ones({1}));
  sgd.step();
  CHECK(a.data().item() == doctest::Approx(-0.05));
  CHECK(b.data().item() == doctest::Approx(-0.5));
}

TEST_CASE("optimizer: state is reached by parameter and by unit row") {
  Variable w = parameter(Tensor::ones({3, 2}));
  Adam adam({w}, 0.1);
  w.set_grad(Tensor::ones({3, 2}));
  adam.step();
  const auto state = adam.state(0);
  REQUIRE(state.size() == 2);
  CHECK(state[0].name == "exp_avg");
  CHECK(state[1].name == "exp_avg_sq");
  CHECK(state[0].value.at({1, 1}) == doctest::Approx(0.1));
  adam.reset_unit(0, 1);
  CHECK(adam.state(0)[0].value.at({1, 1}) == 0);
  CHECK(adam.state(0)[0].value.at({2, 1}) == doctest::Approx(0.1));
}

TEST_CASE("optimizer: a report tells a frozen parameter from one that moves") {
  // g² overflows, the step of Adam is exactly 0: the frozen optimizer.
  Variable huge = weight({1, 1}), fine = weight({1, 1}), idle = weight({1});
  Adam adam({huge, fine, idle}, 0.1);
  huge.set_grad(Tensor::of<float>({1e30f, 0}));
  fine.set_grad(Tensor::of<float>({1, 0}));
  const auto report = adam.step_with_report();
  CHECK(report[0].with_gradient == 1);
  CHECK(report[0].unmoved == 1);
  CHECK(report[0].non_finite_state == 1);
  CHECK(report[1].with_gradient == 1);
  CHECK(report[1].unmoved == 0);
  CHECK(report[2].with_gradient == 0);
}

TEST_CASE("optimizer: error texts") {
  Variable w = weight({1});
  CHECK_THROWS_WITH_AS(SGD({w}, -1), "optimizer: lr -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(SGD({w}, NAN), "optimizer: lr nan: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(SGD({w, w}, 1), "optimizer: parameter 1: is named twice", ValueError);
  CHECK_THROWS_WITH_AS(SGD({Variable(Tensor::ones({1}))}, 1), "optimizer: parameter 0: is no leaf that wants a gradient", ValueError);
  CHECK_THROWS_WITH_AS(SGD(std::vector<Variable>{}, 1), "optimizer: no parameters", ValueError);
  CHECK_THROWS_WITH_AS(SGD({w}, 1, {.momentum = 1}), "sgd: momentum 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(SGD({w}, 1, {.nesterov = true}), "sgd: nesterov needs momentum above 0 and no dampening", ValueError);
  CHECK_THROWS_WITH_AS(Adam({w}, 1, {.beta1 = 1}), "adam: beta 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(make_optimizer("adm", {w}, {}), "adm: no such optimizer, did you mean adam?", ValueError);
}

TEST_CASE("schedule: warm-up rises, then hands over from its own 0") {
  const Schedule s = warm_up(4, step_schedule(2, 0.5));
  const double want[] = {0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5, 0.25};
  for (int t = 0; t < 9; ++t) CHECK(s(t) == doctest::Approx(want[t]));
}

TEST_CASE("schedule: by name, with errors that name the text") {
  CHECK(make_schedule("constant", 10)(7) == 1);
  CHECK(make_schedule("step:3", 10)(3) == doctest::Approx(0.1));
  CHECK(make_schedule("step:3,0.5", 10)(6) == doctest::Approx(0.25));
  CHECK(make_schedule("cosine", 10)(5) == doctest::Approx(0.5));
  CHECK(make_schedule("cosine", 10)(10) == doctest::Approx(0).scale(1));
  CHECK(make_schedule("cosine", 12, 2)(0) == doctest::Approx(0.5));
  CHECK_THROWS_WITH_AS(make_schedule("cosin", 10), "cosin: no such schedule, did you mean cosine?", ValueError);
  CHECK_THROWS_WITH_AS(make_schedule("step:0", 10), "step:0: 0: needs a whole number of at least 1", ValueError);
}

TEST_CASE("clip: NaN stays, and limits must be above 0") {
  std::vector<Variable> p{weight({0, 0})};
  p[0].set_grad(Tensor::of<float>({NAN, 9}));
  clip_grad_value(p, 1);
  CHECK(std::isnan(p[0].grad().at({0})));
  CHECK(p[0].grad().at({1}) == 1);
  CHECK_THROWS_WITH_AS(clip_grad_norm(p, 0), "clip_grad_norm: limit 0: needs more than 0", ValueError);
  std::vector<Variable> big{weight({0, 0})};
  big[0].set_grad(Tensor::of<float>({3e30f, 4e30f}));
  CHECK(clip_grad_norm(big, 1) == doctest::Approx(5e30));
  CHECK(big[0].grad().at({1}) == doctest::Approx(0.8));
}
