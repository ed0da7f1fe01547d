#include "lively/optim/schedule.h"

#include "lively/tensor/error.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace lively;

namespace {

std::vector<double> first(const Schedule& schedule, int64_t n) {
  std::vector<double> factors;
  for (int64_t t = 0; t < n; ++t) factors.push_back(schedule(t));
  return factors;
}

bool close(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > 1e-12) return false;
  return true;
}

}  // namespace

TEST_CASE("schedule: value of each form") {
  CHECK(close(first(constant_schedule(), 3), {1, 1, 1}));
  CHECK(close(first(step_schedule(2, 0.5), 6), {1, 1, 0.5, 0.5, 0.25, 0.25}));
  CHECK(close(first(multi_step_schedule({4, 1}, 0.1), 6), {1, 0.1, 0.1, 0.1, 0.01, 0.01}));
  CHECK(close(first(exponential_schedule(0.5), 4), {1, 0.5, 0.25, 0.125}));
  CHECK(close(first(cosine_schedule(4), 6),
      {1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125), 0, 0}));
  CHECK(close(first(cosine_schedule(2, 0.2), 4), {1, 0.6, 0.2, 0.2}));
  // As torch 2.13's PolynomialLR(total_iters=4, power=2).
  CHECK(close(first(polynomial_schedule(4, 2), 6), {1, 0.5625, 0.25, 0.0625, 0, 0}));
  CHECK(close(first(polynomial_schedule(2, 1, 0.2), 4), {1, 0.6, 0.2, 0.2}));
  CHECK(close(first(linear_schedule(4, 0.2), 6), {0.2, 0.4, 0.6, 0.8, 1, 1}));
  CHECK(close(first(warm_up(4, step_schedule(1, 0.5)), 7), {0.25, 0.5, 0.75, 1, 1, 0.5, 0.25}));
  CHECK(close(first(warm_up(0, constant_schedule()), 2), {1, 1}));
}

// What OneCycleLR(SGD(lr=1), max_lr=1, total_steps=n, …) of torch 2.13 sets before each step.
TEST_CASE("schedule: value of one cycle is PyTorch's, wherever the peak lies") {
  CHECK(close(first(one_cycle_schedule(7, 0.5, 4, 10), 9),
      {0.25, 0.5091186271093947, 0.9283813728906053, 0.9517223231024293, 0.6209789553037033,
          0.20854872159386742, 0.025, 0.025, 0.025}));
  CHECK(close(first(one_cycle_schedule(4, 0), 4),
      {0.8535539763797113, 0.500002, 0.14645002362028864, 4e-06}));
  CHECK(close(first(one_cycle_schedule(4, 1), 5), {0.04, 0.28, 0.76, 1, 1}));
  CHECK(close(first(one_cycle_schedule(1), 2), {4e-06, 4e-06}));
  CHECK(one_cycle_schedule(4, 0.25)(0) == 1);  // the peak is step 0, where PyTorch divides by 0
}

TEST_CASE("schedule: value by name") {
  CHECK(close(first(make_schedule("constant", 10), 2), {1, 1}));
  CHECK(close(first(make_schedule("step:2", 10), 3), {1, 1, 0.1}));
  CHECK(close(first(make_schedule("step:2,0.5", 10), 3), {1, 1, 0.5}));
  CHECK(close(first(make_schedule("step:1,0.5", 10, 0, 3), 7),
      {1, 1, 1, 0.5, 0.5, 0.5, 0.25}));  // unit: an epoch
  CHECK(close(first(make_schedule("exponential:0.25", 10, 0, 2), 4), {1, 0.5, 0.25, 0.125}));
  CHECK(close(first(make_schedule("cosine", 4), 5), first(cosine_schedule(4), 5)));
  CHECK(close(first(make_schedule("cosine:0.1", 4), 5), first(cosine_schedule(4, 0.1), 5)));
  CHECK(close(first(make_schedule("linear:0.1", 4), 5), first(polynomial_schedule(4, 1, 0.1), 5)));
  CHECK(close(first(make_schedule("polynomial:2", 4), 5), first(polynomial_schedule(4, 2), 5)));
  CHECK(close(first(make_schedule("one_cycle", 9), 9), first(one_cycle_schedule(9), 9)));
  CHECK(close(first(make_schedule("one_cycle:0.5", 9), 9), first(one_cycle_schedule(9, 0.5), 9)));
  // The whole run is `total`: what the warm-up takes, the cosine does without.
  CHECK(close(first(make_schedule("cosine", 6, 2), 6), first(warm_up(2, cosine_schedule(4)), 6)));
  CHECK_NOTHROW(make_schedule("cosine", 3, 5)(4));  // a run that ends in its warm-up
}

TEST_CASE("schedule: error texts") {
  const auto made = [](const char* text) { return make_schedule(text, 10); };
  CHECK_THROWS_WITH_AS(made("cosin"), "cosin: no such schedule, did you mean cosine?", ValueError);
  CHECK_THROWS_WITH_AS(made("plateau"),
      "plateau: no such schedule; known: constant, step, exponential, linear, polynomial, cosine, "
      "one_cycle",
      ValueError);
  CHECK_THROWS_WITH_AS(made("step"), "step: takes 2 numbers (period,factor)", ValueError);
  CHECK_THROWS_WITH_AS(
      made("step:1,2,3"), "step:1,2,3: takes 2 numbers (period,factor)", ValueError);
  CHECK_THROWS_WITH_AS(
      made("step:2.5"), "step:2.5: 2.5: needs a whole number of at least 1", ValueError);
  CHECK_THROWS_WITH_AS(made("step:0"), "step:0: 0: needs a whole number of at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made("step:1e300"), "step:1e300: 1e+300: needs a whole number of at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made("step:2,0"), "step schedule: factor 0: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("exponential"), "exponential: takes 1 number (factor)", ValueError);
  CHECK_THROWS_WITH_AS(made("exponential:-1"),
      "exponential schedule: factor -1: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("exponential:1e300"),
      "exponential schedule: factor 1e+300: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("step:2,101"),
      "step schedule: factor 101: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(
      made("cosine:1e300"), "cosine schedule: last 1e+300: needs 0 to 100", ValueError);
  CHECK_THROWS_WITH_AS(
      made("linear:1e300"), "linear schedule: last 1e+300: needs 0 to 100", ValueError);
  CHECK_NOTHROW(made("exponential:100"));
  CHECK_NOTHROW(made("cosine:100"));
  CHECK_THROWS_WITH_AS(made("polynomial:0"),
      "polynomial schedule: power 0: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("polynomial:1e300"),
      "polynomial schedule: power 1e+300: needs a number above 0, up to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("linear:-1"), "linear schedule: last -1: needs 0 to 100", ValueError);
  CHECK_THROWS_WITH_AS(made("constant:1"), "constant:1: takes no number", ValueError);
  CHECK_THROWS_WITH_AS(made("cosine:-1"), "cosine schedule: last -1: needs 0 to 100", ValueError);
  CHECK_THROWS_WITH_AS(make_schedule("constant", 10, -1),
      "warm-up schedule: -1 steps: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(step_schedule(0), "step schedule: 0 steps: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      cosine_schedule(0), "cosine schedule: 0 steps: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      linear_schedule(0, 0.1), "linear schedule: 0 steps: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      linear_schedule(2, -0.1), "linear schedule: first -0.1: needs 0 to 100", ValueError);
  CHECK_THROWS_WITH_AS(
      made("one_cycle:2"), "one-cycle schedule: pct_start 2: needs 0 to 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made("one_cycle:0.3,25"), "one_cycle:0.3,25: takes 1 number (pct_start) or none", ValueError);
  CHECK_THROWS_WITH_AS(
      one_cycle_schedule(0), "one-cycle schedule: 0 steps: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(one_cycle_schedule(9, 0.3, 0),
      "one-cycle schedule: divisor 0: needs a number above 0", ValueError);
  CHECK_THROWS_WITH_AS(one_cycle_schedule(9, 0.3, 25, -1),
      "one-cycle schedule: divisor -1: needs a number above 0", ValueError);
  CHECK_THROWS_AS(exponential_schedule(std::numeric_limits<double>::quiet_NaN()), ValueError);
}
