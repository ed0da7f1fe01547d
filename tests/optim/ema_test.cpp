#include "lively/optim/ema.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/bits.h"
#include "tests/optim/parameters.h"

using namespace lively;
using lively::testing::of, lively::testing::same_bits;

// AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9)) of torch 2.13, float64, with weights
// [1, -2, 0.5] (1 + t)² at update t.
TEST_CASE("ema: value is PyTorch's") {
  const double want[] = {1, 1.3, 2.07, 3.463, 5.6167};
  Variable w = of({1, -2, 0.5});
  Ema ema({{"w", w}}, {.decay = 0.9});
  for (int t = 0; t < 5; ++t) {
    const double scale = (1 + t) * (1 + t);
    w.mutable_data().copy_from(Tensor::of<double>({scale, -2 * scale, 0.5 * scale}));
    ema.update();
    const Tensor& average = ema.averages()[0].value;
    CHECK(average.at({0}) == doctest::Approx(want[t]).epsilon(1e-14));
    CHECK(average.at({1}) == doctest::Approx(-2 * want[t]).epsilon(1e-14));
    CHECK(average.at({2}) == doctest::Approx(0.5 * want[t]).epsilon(1e-14));
  }
  CHECK(ema.updates() == 5);
  CHECK(ema.averages()[0].name == "w");
}

TEST_CASE("ema: value with a warm-up is the weighted sum of all parameters so far") {
  constexpr int kUpdates = 60;  // (1 + t) / (10 + t) passes 0.8 at t = 35
  Variable w = of({0});
  Ema ema({{"w", w}}, {.decay = 0.8, .warm_up = true});
  std::vector<double> seen, kept;
  for (int t = 0; t < kUpdates; ++t) {
    seen.push_back(std::sin(t));
    kept.push_back(t == 0 ? 0 : std::min(0.8, (1.0 + t) / (10.0 + t)));
    w.mutable_data().fill(seen.back());
    ema.update();
    double sum = 0, weight = 1;  // what later updates leave of the t-th
    for (int s = t; s >= 0; --s) {
      sum += weight * (1 - kept[static_cast<std::size_t>(s)]) * seen[static_cast<std::size_t>(s)];
      weight *= kept[static_cast<std::size_t>(s)];
    }
    CHECK(ema.averages()[0].value.item() == doctest::Approx(sum).epsilon(1e-12));
  }
}

TEST_CASE("ema: value of an average that has arrived does not drift") {
  const Variable w = parameter(Tensor::full({3}, 0.1));
  Ema ema({{"w", w}});
  for (int t = 0; t < 1000; ++t) ema.update();
  CHECK(same_bits(ema.averages()[0].value, w.data()));
}

TEST_CASE("ema: value of apply and restore, to the bit, nan too") {
  Variable w = parameter(
      Tensor::of<float>({1, -0.0f, std::nanf("7"), std::numeric_limits<float>::infinity()}));
  Ema ema({{"w", w}}, {.decay = 0.5});
  ema.update();
  w.mutable_data().copy_from(Tensor::of<float>({3, 4, 5, 6}));
  ema.update();
  const Tensor now = w.data().clone(), average = ema.averages()[0].value.clone();
  CHECK(average.at({0}) == 2);
  {
    const EmaScope scope(ema);
    CHECK(same_bits(w.data(), average));
    CHECK(same_bits(ema.averages()[0].value, now));
    CHECK_THROWS_WITH_AS(
        ema.update(), "ema: the averages are applied: restore before the next update", StateError);
    const auto nested = [&] { const EmaScope again(ema); };
    CHECK_THROWS_WITH_AS(nested(), "ema: the averages are applied already", StateError);
  }
  CHECK(same_bits(w.data(), now));
  CHECK(same_bits(ema.averages()[0].value, average));
  {
    const EmaScope scope(ema);
    ema.restore();
  }
  CHECK(same_bits(w.data(), now));
  CHECK_THROWS_WITH_AS(
      ema.restore(), "ema: the averages are not applied: nothing to restore", StateError);
}

TEST_CASE("ema: value goes on from averages and their count") {
  Variable a = of({1, 2}), b = of({1, 2});
  Ema straight({{"w", a}}, {.warm_up = true}), resumed({{"w", b}}, {.warm_up = true});
  for (int t = 0; t < 3; ++t) {
    a.mutable_data().fill(t);
    straight.update();
  }
  Tensor copy = resumed.averages()[0].value;
  copy.copy_from(straight.averages()[0].value);
  resumed.set_updates(straight.updates());
  for (Variable* w : {&a, &b}) w->mutable_data().fill(7);
  straight.update();
  resumed.update();
  CHECK(resumed.averages()[0].value.at({0}) == straight.averages()[0].value.at({0}));
}

TEST_CASE("ema: error texts") {
  const Variable w = of({1});
  CHECK_THROWS_WITH_AS(
      Ema({{"w", w}}, {.decay = 1}), "ema: decay 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(
      Ema({{"w", w}}, {.decay = -0.5}), "ema: decay -0.5: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(Ema({{"w", Variable()}}), "ema: w: is undefined", ValueError);
  CHECK_THROWS_WITH_AS(Ema({{"w", w}, {"v", w}}), "ema: v: is named twice", ValueError);
  CHECK_THROWS_WITH_AS(Ema({{"w", parameter(Tensor::ones({2, 3}).t())}}),
      "ema: w [3,2]: is not row-major", ValueError);
}
