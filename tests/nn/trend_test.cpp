#include "lively/nn/liveness/trend.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/tensor/random.h"

using namespace lively;
using namespace lively::detail;

namespace {

std::vector<double> noise(std::size_t n, uint64_t index, double slope = 0) {
  Stream stream(Seed{7}, "trend", index);
  std::vector<double> v;
  for (std::size_t i = 0; i < n; ++i)
    v.push_back(10 + slope * static_cast<double>(i) + stream.normal());
  return v;
}

}  // namespace

TEST_CASE("largest_jump: value, the last step before a rise that stays, of the largest") {
  std::vector<double> v(100, 1.0);
  CHECK_FALSE(largest_jump(v));
  v[30] = 50;  // it comes back
  CHECK_FALSE(largest_jump(v));
  for (std::size_t i = 40; i < 100; ++i) v[i] = 5;
  for (std::size_t i = 70; i < 100; ++i) v[i] = 100;
  const auto jump = largest_jump(v);
  REQUIRE(jump);
  CHECK(jump->step == 70);
  CHECK(jump->factor == doctest::Approx(20));
  int alarms = 0;
  for (uint64_t i = 0; i < 100; ++i) alarms += largest_jump(noise(200, i)).has_value();
  CHECK(alarms == 0);
  CHECK_FALSE(largest_jump(std::vector<double>{1, 100}));
}

TEST_CASE("change_autocorrelation: value, -1/2 for noise, +1 for a bend, -1 for a seesaw") {
  CHECK(change_autocorrelation(noise(20000, 1)) == doctest::Approx(-0.5).epsilon(0.05));
  std::vector<double> bend, seesaw;
  for (int i = 0; i < 2000; ++i) {
    bend.push_back(1e-3 * i * i);
    seesaw.push_back(i % 2);
  }
  CHECK(change_autocorrelation(bend) > 0.99);
  CHECK(change_autocorrelation(seesaw) < -0.99);
  CHECK(change_autocorrelation(std::vector<double>(5, 1.0)) == 0);
}

TEST_CASE("rise_at_end: value, by hand, and what is not finite is passed over") {
  std::vector<double> v(100, 2.0);
  for (std::size_t i = 95; i < 100; ++i) v[i] = 10;
  CHECK(rise_at_end(v) == doctest::Approx(5));
  v[10] = 1e9;
  v[11] = std::nan("");
  CHECK(rise_at_end(v) == doctest::Approx(5));
}

TEST_CASE("late_improvement: value, by hand") {
  std::vector<double> v(90, 4.0);
  for (std::size_t i = 75; i < 90; ++i) v[i] = 3;
  CHECK(late_improvement(v) == doctest::Approx(0.25));
}
