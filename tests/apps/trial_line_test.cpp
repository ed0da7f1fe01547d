#include <doctest/doctest.h>

#include "apps/lab/study/trial_line.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

const std::atomic<bool> kGoOn{false};

TrialLine trial(std::string_view flags, uint64_t seed) {
  Settings s = with(flags);
  s.seed = seed;
  Json line = object({{"type", "x"}, {"seed", seed}});
  line.update(*trial_line(s, digits<300, 100>(), kGoOn));
  return read_trial(parsed(one_line(line)));  // as a ledger keeps it
}

}  // namespace

TEST_CASE("trial line: it says what the run came to") {
  const Settings s = with("--depth 3 --width 8 --epochs 2 --batch-size 50 --seed 7");
  Sinks nobody;
  const Outcome alone = run(s, digits<300, 100>(), nobody);
  const TrialLine t = trial("--depth 3 --width 8 --epochs 2 --batch-size 50", 7);
  CHECK(t.seed == 7);
  CHECK(t.accuracy == alone.test.accuracy);
  CHECK(t.loss == alone.test.loss);
  CHECK(t.steps == 12);
  CHECK(t.units == std::vector<int64_t>{8, 8, 8});
  CHECK(t.accuracies.size() == 2);
  CHECK(t.accuracies.back() == t.accuracy);
  REQUIRE(t.dead_share.size() == 3);
  CHECK(t.dead_share.front() == t.born_share());
  CHECK(t.dead_share.back() == t.end_share());
  CHECK(t.verdict == name(alone.diagnosis.verdict));
}

TEST_CASE("trial line: a run whose loss is not finite has learnt nothing") {
  const TrialLine t = trial("--depth 3 --width 8 --epochs 2 --lr 1e30", 1);
  CHECK(t.diverged);
  CHECK(t.accuracy == 0);
  CHECK_FALSE(t.loss.has_value());
  CHECK_FALSE(t.converged().has_value());
}

TEST_CASE("trial line: an epoch that ends poisoned has no accuracy, and is read as none") {
  // One step an epoch, whose loss is finite and whose update is not.
  const TrialLine t = trial("--depth 3 --width 8 --epochs 2 --lr 1e30 --batch-size 300", 1);
  CHECK(t.accuracies == std::vector<double>{0});
}

TEST_CASE("trial line: units that no bias lets fire are born dead") {
  const TrialLine t = trial("--depth 2 --width 8 --epochs 1 --bias-init constant:-100", 1);
  CHECK(t.born == std::vector<int64_t>{8, 8});
  CHECK(t.born_share() == 1);
  CHECK(t.end_share() == 1);
  CHECK_FALSE(t.learns());
}

TEST_CASE("trial line: converged is nine tenths of the way to the best epoch") {
  TrialLine t;
  t.majority = 0.1;
  t.accuracies = {0.2, 0.81, 0.83, 0.9, 0.85};
  CHECK(t.converged() == 3);  // the bar: 0.1 + 0.9 x 0.8 = 0.82
  t.accuracies = {0.1, 0.18, 0.1};
  CHECK_FALSE(t.learns());
  CHECK_FALSE(t.converged().has_value());
}

TEST_CASE("trial line: its type is the recipe without the seed, and the data") {
  const DataSplits data = digits<300, 100>();
  const std::string type = trial_type(with("--lr 0.1 --seed 3"), data);
  CHECK(type == "mnist_mlp on digits, 300 + 100: --lr 0.1");
  CHECK(type == trial_type(with("--lr 0.1 --seed 4"), data));
  CHECK(type != trial_type(with("--lr 0.2"), data));
  CHECK(type != trial_type(with("--lr 0.1"), {"digits", data.train.first(200), data.test}));
}
