#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lively/nn/liveness/cause.h"
#include "lively/tensor/error.h"
#include "lively/tensor/random.h"
#include "lively/tensor/tensor.h"

using namespace lively;

namespace {

std::vector<double> normals(int64_t n, uint64_t index) {
  Tensor t = Tensor::empty({n}, Dtype::float64);
  Stream stream(Seed{5}, "cause", index);
  fill_normal(t, stream, 0, 1);
  const auto v = t.values<double>();
  return {v.begin(), v.end()};
}

UnitFeed random_feed(uint64_t index, bool with_norm) {
  UnitFeed f;
  f.weights = normals(7, 10 * index);
  f.input = normals(7, 10 * index + 1);
  const std::vector<double> rest = normals(6, 10 * index + 2);
  f.bias = rest[0];
  if (with_norm) f.norm = UnitFeed::Norm{rest[1], rest[2], rest[3], 0.1 + std::abs(rest[4])};
  f.carried = rest[5];
  return f;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// The mean over all orders of what each player adds when it comes in: the definition.
std::vector<double> by_orders(const std::vector<double>& worth, int players) {
  std::vector<int> order(static_cast<std::size_t>(players));
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> sums(order.size());
  double orders = 0;
  do {
    std::size_t set = 0;
    for (const int p : order) {
      const std::size_t with = set | std::size_t{1} << p;
      sums[static_cast<std::size_t>(p)] += worth[with] - worth[set];
      set = with;
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& s : sums) s /= orders;
  return sums;
}

}  // namespace

TEST_CASE("shapley: is the mean over all orders, and sums to the whole") {
  for (const int players : {1, 2, 3, 4, 5}) {
    const std::vector<double> worth =
        normals(int64_t{1} << players, static_cast<uint64_t>(players));
    const std::vector<double> got = shapley(worth), want = by_orders(worth, players);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-12));
    CHECK(std::accumulate(got.begin(), got.end(), 0.0) ==
          doctest::Approx(worth.back() - worth.front()).epsilon(1e-12));
  }
  CHECK_THROWS_WITH_AS((void)shapley(std::vector<double>{1, 2, 3}),
      "shapley: 3 values: needs one for each coalition, a power of 2", ValueError);
}

TEST_CASE("split_fall: without a norm it is the midpoint rule, and its parts sum to the fall") {
  for (uint64_t i = 0; i < 200; ++i) {
    const UnitFeed a = random_feed(2 * i, false), b = random_feed(2 * i + 1, false);
    const FallSplit s = split_fall(a, b);
    double weights = 0, input = 0;
    for (std::size_t k = 0; k < 7; ++k) {
      weights -= (b.weights[k] - a.weights[k]) * (a.input[k] + b.input[k]) / 2;
      input -= (a.weights[k] + b.weights[k]) / 2 * (b.input[k] - a.input[k]);
    }
    CHECK(s.weights == doctest::Approx(weights).epsilon(1e-12));
    CHECK(s.upstream == doctest::Approx(input + a.carried - b.carried).epsilon(1e-12));
    CHECK(s.bias == doctest::Approx(a.bias - b.bias).epsilon(1e-12));
    CHECK(std::abs(s.norm) < 1e-14);
    CHECK(std::abs(s.weights + s.bias + s.upstream + s.norm - s.fall()) < 1e-13);
    CHECK(
        s.z_before == doctest::Approx(dot(a.weights, a.input) + a.bias + a.carried).epsilon(1e-13));
    CHECK(s.z_after == doctest::Approx(b.z()).epsilon(1e-13));
  }
}

TEST_CASE("split_fall: with a norm its parts are the Shapley values of four players") {
  for (uint64_t i = 0; i < 100; ++i) {
    const UnitFeed a = random_feed(2 * i, true), b = random_feed(2 * i + 1, true);
    const FallSplit s = split_fall(a, b);
    std::vector<double> worth;
    for (unsigned set = 0; set < 16; ++set) {
      UnitFeed f = a;
      if (set & 1) f.weights = b.weights;
      if (set & 2) f.bias = b.bias;
      if (set & 4) f.input = b.input, f.carried = b.carried;
      if (set & 8) f.norm = b.norm;
      worth.push_back(f.z());
    }
    const std::vector<double> want = by_orders(worth, 4);
    const double got[] = {s.weights, s.bias, s.upstream, s.norm};
    for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(got[k] + want[k]) < 1e-11);
    CHECK(std::abs(s.weights + s.bias + s.upstream + s.norm - s.fall()) < 1e-11);
    // Any part of the weights' change has its share by the lever, whatever the norm.
    double by_lever = 0, input_by_lever = 0;
    for (std::size_t k = 0; k < 7; ++k)
      by_lever -= (b.weights[k] - a.weights[k]) * s.weight_lever[k];
    for (std::size_t k = 0; k < 7; ++k)
      input_by_lever -= (b.input[k] - a.input[k]) * s.input_lever[k];
    CHECK(std::abs(by_lever - s.weights) < 1e-11);
    CHECK(std::abs((a.bias - b.bias) * s.bias_lever - s.bias) < 1e-11);
    CHECK(std::abs(input_by_lever + a.carried - b.carried - s.upstream) < 1e-11);
  }
}

TEST_CASE("split_fall: blames the one thing that moved, and nothing else has a share") {
  const UnitFeed a = random_feed(1, true), other = random_feed(2, true);
  for (const FallBy by : {FallBy::weights, FallBy::bias, FallBy::upstream, FallBy::norm}) {
    UnitFeed b = a;
    if (by == FallBy::weights)
      for (std::size_t k = 0; k < 7; ++k) b.weights[k] -= a.norm->scale * a.input[k];
    if (by == FallBy::bias) b.bias -= a.norm->scale;
    if (by == FallBy::upstream) b.carried -= 1;
    if (by == FallBy::norm) b.norm->shift -= 1;
    const FallSplit s = split_fall(a, b);
    CAPTURE(name(by));
    CHECK(s.fall() > 0);
    CHECK(blamed(s) == by);
    const double shares[] = {s.weights, s.bias, s.upstream, s.norm};
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(std::abs(shares[k] - (k == static_cast<std::size_t>(by) ? s.fall() : 0)) < 1e-12);
  }
}

TEST_CASE("split_fall: error") {
  UnitFeed a = random_feed(1, true), b = a;
  b.input.pop_back();
  CHECK_THROWS_WITH_AS(
      (void)split_fall(a, b), "split_fall: 7 weights and 6 inputs: needs 7 of each", ShapeError);
  CHECK_THROWS_WITH_AS((void)split_fall(a, random_feed(1, false)),
      "split_fall: a norm in one state only: needs it in both or in none", ValueError);
}

TEST_CASE("pace: a cliff is one step with half of the fall") {
  std::vector<double> drift, cliff, late_peak(101, 0.1);
  for (int i = 0; i <= 100; ++i) drift.push_back(1 - 0.0101 * i);
  for (int i = 0; i <= 100; ++i) cliff.push_back(i < 60 ? 1.0 - 0.001 * i : -0.001 * i);
  late_peak[98] = 1;
  late_peak[99] = 0.5;
  late_peak[100] = -0.2;
  CHECK(pace(drift) == FallPace::drift);
  CHECK(pace(cliff) == FallPace::cliff);
  CHECK(pace(late_peak) == FallPace::cliff);
  CHECK(pace(std::vector<double>{1, 0.6, 0.2, -0.2}) == FallPace::drift);  // thirds
  CHECK(pace(std::vector<double>{1, 0.5, 0}) == FallPace::cliff);          // halves
  CHECK(pace(std::vector<double>{0.3, -1}) == FallPace::cliff);            // all that is known
  CHECK_THROWS_WITH_AS(
      (void)pace(std::vector<double>{1}), "pace: 1 maxima: needs at least 2", ValueError);
}

TEST_CASE("largest_part: names the part, or none where something else is larger") {
  CHECK(largest_part({.gradient = 3, .residue = 1, .decay = 0}, 4) == FallFrom::gradient);
  CHECK(largest_part({.gradient = -3, .residue = 4, .decay = 1}, 2) == FallFrom::residue);
  CHECK(largest_part({.gradient = 0, .residue = 0, .decay = 1}, 1) == FallFrom::decay);
  CHECK_FALSE(
      largest_part({.gradient = 0.1, .residue = 0.1, .decay = 0}, 5));  // pushed from outside
  CHECK_FALSE(largest_part({}, 0));
}

TEST_CASE(
    "largest_sample: an outlier brings half of the gradient, and much more than its equal share") {
  std::vector<double> falls(128, 0.01);
  falls[17] = 3;
  const auto outlier = largest_sample(falls);
  REQUIRE(outlier);
  CHECK(outlier->sample == 17);
  CHECK(outlier->share == doctest::Approx(3 / 4.27));
  CHECK(outlier->is_outlier);
  falls[17] = 0.5;
  CHECK_FALSE(largest_sample(falls)->is_outlier);
  CHECK_FALSE(largest_sample(std::vector<double>{1.0})->is_outlier);  // of one sample
  CHECK_FALSE(largest_sample(std::vector<double>{-1, 0.5}));          // together they lifted it
}
