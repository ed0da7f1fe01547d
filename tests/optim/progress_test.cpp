#include "lively/optim/progress.h"

#include "lively/tensor/error.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace lively;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();

void check_factors(
    Plateau plateau, const std::vector<double>& metrics, const std::vector<double>& want) {
  REQUIRE(metrics.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(i);
    CHECK(plateau.update(metrics[i]) == doctest::Approx(want[i]).epsilon(1e-14));
  }
}

}  // namespace

// The rates after each step(metric) of torch 2.13's ReduceLROnPlateau(SGD(lr=1), eps=0, …).
TEST_CASE("plateau: value is PyTorch's") {
  check_factors(
      Plateau(
          {.factor = 0.5, .patience = 1, .cooldown = 2, .least = 0.2, .better = Better::higher}),
      {0.1, 0.5, 0.50004, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.60005, 0.61, kNone, kNone, kNone,
          kNone, kNone},
      {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2});
  check_factors(Plateau({.patience = 2}),
      {1, 0.99995, 0.99985, 0.9998, kNone, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
      {1, 1, 1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1});
  check_factors(Plateau({.factor = 0.5, .patience = 0}), {3, 3, 3, 3}, {1, 0.5, 0.25, 0.125});
  check_factors(Plateau({.factor = 0.5, .patience = 1}), {-1, -0.99995, -0.9998, -0.9998, -2},
      {1, 1, 1, 0.5, 0.5});
}

TEST_CASE("plateau: nan from the start is no progress") {
  check_factors(
      Plateau({.patience = 1}), {kNone, kNone, kEndless, kEndless, 2}, {1, 0.1, 0.1, 0.01, 0.01});
}

TEST_CASE("plateau: value goes on from its state") {
  const std::vector<double> metrics{1, 1, 1, 0.9, 1, 1, 1, 1, 0.5, 0.6, 0.6, 0.6};
  const PlateauOptions options{.factor = 0.5, .patience = 1, .cooldown = 1};
  for (std::size_t cut = 0; cut <= metrics.size(); ++cut) {
    CAPTURE(cut);
    Plateau straight(options), before(options), resumed(options);
    for (std::size_t i = 0; i < cut; ++i) before.update(metrics[i]);
    resumed.restore(before.state());
    CHECK(resumed.factor() == before.factor());
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const double want = straight.update(metrics[i]);
      if (i >= cut) CHECK(resumed.update(metrics[i]) == want);
    }
  }
}

TEST_CASE("plateau: error texts") {
  const auto made = [](const PlateauOptions& options) { Plateau{options}; };
  CHECK_THROWS_WITH_AS(
      made({.factor = 1}), "plateau: factor 1: needs to lie between 0 and 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made({.factor = kNone}), "plateau: factor nan: needs to lie between 0 and 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made({.patience = -1}), "plateau: patience -1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      made({.threshold = 1}), "plateau: threshold 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(
      made({.cooldown = -2}), "plateau: cooldown -2: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(made({.least = 2}), "plateau: least 2: needs 0 to 1", ValueError);
  Plateau plateau;
  CHECK_THROWS_WITH_AS(plateau.restore({.factor = 2, .bad = 3}),
      "plateau: state with factor 2, best 0, 3 bad epochs and 0 cooling down: is none that updates "
      "lead to",
      ValueError);
  CHECK(plateau.factor() == 1);
}

TEST_CASE("early stopping: value: the best epoch's weights come back") {
  Tensor w = Tensor::zeros({2}), count = Tensor::zeros({}, Dtype::int64);
  EarlyStopping stopping({{"w", w}, {"count", count}}, {.patience = 3});
  const std::vector<double> losses{3, 2, kNone, 2, 1.5, 1.6, 1.5, 1.7};
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
    CAPTURE(epoch);
    w.fill(static_cast<double>(epoch));
    count.fill(static_cast<double>(epoch));
    CHECK(stopping.update(losses[epoch]) == (epoch == 7));
    CHECK(stopping.is_best() == (epoch == 0 || epoch == 1 || epoch == 4));
  }
  CHECK(stopping.best_epoch() == 4);
  CHECK(stopping.state().best == 1.5);
  CHECK(w.at({0}) == 7);  // until it is asked for
  stopping.restore_best();
  CHECK(w.at({0}) == 4);
  CHECK(w.at({1}) == 4);
  CHECK(count.item() == 4);
  w.fill(9);
  stopping.restore_best();  // the copies are its own
  CHECK(w.at({0}) == 4);
}

TEST_CASE("early stopping: value of min_delta and of a metric that should rise") {
  EarlyStopping stopping({}, {.patience = 2, .min_delta = 0.1, .better = Better::higher});
  CHECK(!stopping.update(0.5));
  CHECK(!stopping.update(0.55));  // by less than min_delta
  CHECK(!stopping.is_best());
  CHECK(!stopping.update(0.625));  // than the best, not than the last
  CHECK(stopping.is_best());
  CHECK(!stopping.update(0.1));
  CHECK(stopping.update(0.7));
  CHECK(stopping.best_epoch() == 2);
  stopping.restore_best();  // nothing to put back
}

TEST_CASE("early stopping: nan is never better, not even than nothing") {
  Tensor w = Tensor::zeros({1});
  EarlyStopping stopping({{"w", w}}, {.patience = 2});
  CHECK(!stopping.update(kNone));
  CHECK(stopping.update(kNone));
  CHECK(stopping.best_epoch() == -1);
  CHECK_THROWS_WITH_AS(stopping.restore_best(),
      "early stopping: 2 epochs: none had a metric, so there is no best to restore", StateError);
  CHECK(!stopping.update(5));
  CHECK(stopping.best_epoch() == 2);
}

TEST_CASE("early stopping: value goes on from its state and copies") {
  Tensor w = Tensor::full({1}, 1), other = Tensor::full({1}, 77);
  EarlyStopping before({{"w", w}}, {.patience = 2}), resumed({{"w", other}}, {.patience = 2});
  before.update(0.5);
  before.update(0.6);
  resumed.restore(before.state());
  Tensor copy = resumed.best_weights()[0].value;
  copy.copy_from(before.best_weights()[0].value);
  CHECK(resumed.best_weights()[0].name == "w");
  CHECK(resumed.update(0.55));
  CHECK(resumed.best_epoch() == 0);
  resumed.restore_best();
  CHECK(other.at({0}) == 1);
}

TEST_CASE("early stopping: error texts") {
  const auto made = [](const EarlyStoppingOptions& options) { EarlyStopping({}, options); };
  CHECK_THROWS_WITH_AS(
      made({.patience = 0}), "early stopping: patience 0: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(made({.min_delta = -1}),
      "early stopping: min_delta -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      EarlyStopping({{"w", Tensor()}}), "early stopping: w: is undefined", ValueError);
  EarlyStopping stopping({});
  CHECK_THROWS_WITH_AS(stopping.restore({.epochs = 2, .best = 1, .any = true, .bad = 2}),
      "early stopping: state with 2 epochs, best 1 and 2 bad epochs: is none that updates lead to",
      ValueError);
}
