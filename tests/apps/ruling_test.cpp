// What a cure teaches: the verdict that it is a test of, the border of a number, and whether a
// healthy run falls short.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "apps/lab/treatment/nearest.h"
#include "apps/lab/treatment/ruling.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/whole_run.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

const TreatmentBudget kPlenty{.seconds = 1e9, .steps = 20'000};

std::string codes(const std::vector<Verdict>& all) {
  std::string text;
  for (const Verdict v : all) text += (text.empty() ? "" : " ") + std::string(name(v));
  return text;
}

Outcome outcome(Verdict verdict, Evidence evidence = {}) {
  Outcome o;
  o.diagnosis.verdict = verdict;
  o.diagnosis.all = {verdict};
  o.evidence = std::move(evidence);
  return o;
}

Outcome carried_out(const Settings& recipe) {
  Sinks nobody;
  return run(recipe, digits<2000, 500>(), nobody);
}

}  // namespace

TEST_CASE("ruling: a change tests the verdicts of which it is the remedy") {
  const struct {
    const char *sick, *healed, *codes;
  } rows[] = {
      {"--dropout 0.9", "", "over_regularised"},
      {"--weight-decay 1 --dropout 0.9", "", "over_regularised"},
      {"--clip 0.0001", "", "starved_step"},
      {"--warmup 9999", "", "starved_step"},
      {"--clip-value 0.0001", "--clip-value 1", "starved_step"},
      {"", "--clip 1", "exploding died"},
      {"--lr 1", "--lr 0.1", "exploding died oscillating frozen_optimizer"},
      {"--lr 0.00001", "", "slow starved_step"},
      {"--loss clipped_cross_entropy", "", "frozen_loss"},
      {"--plant shuffled_labels", "", "uninformative_labels"},
      {"--plant nan_inputs:1", "", "poisoned"},
      {"--init constant:0.01", "", "wiring vanishing born_dead"},
      {"--plant bias:3", "", "died"},
      {"--dropout 0.9 --clip 0.0001", "", "over_regularised starved_step"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sick);
    CHECK(codes(tested_by(with(row.sick), with(row.healed))) == row.codes);
  }
  CHECK(tested_by(with(""), with("")).empty());
}

TEST_CASE("ruling: what cures corrects a verdict of which it is no test") {
  const Settings healthy = with("");
  CHECK(corrected(outcome(Verdict::vanishing), with("--dropout 0.9"), healthy) ==
        Verdict::over_regularised);
  CHECK(corrected(outcome(Verdict::died), with("--lr 3"), healthy) == Verdict::died);
  Outcome also = outcome(Verdict::vanishing);
  also.diagnosis.all = {Verdict::vanishing, Verdict::oscillating};
  CHECK(corrected(also, with("--lr 3"), healthy) == Verdict::oscillating);

  // Nothing that the change tests fits: the run's own verdict stands, but for a lower rate, which
  // is the very test of overshooting.
  CHECK(corrected(outcome(Verdict::unsure), with("--depth 20"), healthy) == Verdict::unsure);
  CHECK(corrected(outcome(Verdict::unsure), with("--plant lr_step:3"), healthy) ==
        Verdict::oscillating);

  Evidence rose;
  rose.label_entropy = std::log(10);
  rose.losses = {2.3, 9, 40};
  CHECK(corrected(outcome(Verdict::unsure, rose), with("--lr 3"), healthy) == Verdict::exploding);
  Evidence dead;
  dead.layers = {{{.name = "1", .units = 8, .dead = 7, .born_dead = 6, .dead_from_birth = 1}}};
  CHECK(corrected(outcome(Verdict::unsure, dead), with("--lr 3"), healthy) == Verdict::died);
  dead.layers->front().dead_from_birth = 6;
  CHECK(corrected(outcome(Verdict::unsure, dead), with("--init random_uniform"), healthy) ==
        Verdict::born_dead);
  Evidence overshot;
  overshot.losses = {2.3, 1, 2.2}, overshot.loss = 2.25;
  CHECK(corrected(outcome(Verdict::vanishing, overshot), with("--lr 3"), healthy) ==
        Verdict::oscillating);
}

TEST_CASE("border: of one number, between what fails and what heals") {
  const struct {
    const char *fails, *heals, *flag;
  } rows[] = {
      {"--lr 10", "", "--lr"},
      {"--lr 0.000001", "", "--lr"},
      {"--clip 0.0001", "", "--clip"},
      {"--clip-value 0.0001", "--clip-value 1", "--clip-value"},
      {"--weight-decay 1", "", "--weight-decay"},
      {"--dropout 0.95", "", "--dropout"},
      {"--momentum 0.999", "", "--momentum"},
      {"--optimizer adam --eps 100", "--optimizer adam", "--eps"},
      {"--warmup 100000", "", "--warmup"},
      {"--init random_uniform:-2,2", "", "--init"},
      {"--init random_uniform", "--init random_uniform:-0.1,0.1", "--init"},
      {"--bias-init constant:-3", "", "--bias-init"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.fails);
    const Settings fails = with(row.fails);
    auto border = Border::between(fails, with(row.heals));
    REQUIRE(border.has_value());
    CHECK(border->nearest() == nullptr);
    for (int round = 0; round < 3; ++round) {
      const std::vector<Candidate> list = border->next(2);
      REQUIRE(list.size() == 2);
      for (const Candidate& c : list) {
        CHECK(c.change.starts_with(std::string(row.flag) + " "));
        CHECK(with(flags_of(c.recipe)) == c.recipe);
        CHECK(difference(fails, c.recipe).size() == 1);
      }
      CHECK_FALSE(list[0].recipe == list[1].recipe);
      border->tell(list, {false, true});
      CHECK(border->nearest()->change == list[1].change);
    }
  }
  for (const char* heals : {"--lr 0.1 --dropout 0.1", "--activation elu", "--lr 10"})
    CHECK_FALSE(Border::between(with("--lr 10"), with(heals)).has_value());
  CHECK_FALSE(Border::between(with("--init he_normal"), with("")).has_value());
}

TEST_CASE("border: bisection comes close to where it lies, from either side") {
  for (const double truth : {0.3, 0.02}) {
    auto border = Border::between(with("--lr 10"), with("--lr 0.01"));
    for (int round = 0; round < 4; ++round) {
      const auto list = border->next(2);
      std::vector<bool> heal;
      for (const Candidate& c : list) heal.push_back(c.recipe.lr <= truth);
      border->tell(list, heal);
    }
    REQUIRE(border->nearest());
    CHECK(border->nearest()->recipe.lr <= truth);
    CHECK(border->nearest()->recipe.lr > 0.8 * truth);
  }
}

TEST_CASE("treatment: finds the nearest value that works") {
  const Settings recipe = with("--lr 10");
  const Treated t = treat(recipe, digits<2000, 500>(), carried_out(recipe), kPlenty);
  REQUIRE(t.cure.has_value());
  REQUIRE(t.nearest.has_value());
  Settings nearest = recipe;
  parse_flags(t.nearest->change, nearest);
  CHECK(nearest.lr > 0.01);
  CHECK(nearest.lr < 10);
  CHECK(t.nearest->learned);
  // In a whole run as well, as the cure does.
  REQUIRE(t.whole_run);
  const Outcome o = carried_out(nearest);
  CHECK(o.test.accuracy == t.nearest->accuracy);
  CHECK(o.steps == t.nearest->steps);
  CHECK(o.test.accuracy >= t.bar);
}

TEST_CASE("treatment: heals a ResNet") {
  const Settings recipe =
      with("--depth 8 --width 8 --epochs 2 --batch-size 20 --lr 100", Architecture::resnet);
  const DataSplits data = digits_of(1000, 200);
  Sinks nobody;
  const Outcome o = run(recipe, data, nobody);
  CHECK(o.diagnosis.verdict == Verdict::exploding);
  const Treated t = treat(recipe, data, o, {.seconds = 1e9, .steps = 2000});
  REQUIRE_MESSAGE(t.cure.has_value(), t.none);
  CHECK(t.cure->change == "--lr 0.1");
  CHECK(t.whole_run);
}

TEST_CASE("treatment: another cure refutes no verdict that a test bears out") {
  // Decay shrinks weights by rate times decay: undoing either heals, and the rate comes first.
  const Settings recipe = with("--depth 2 --width 32 --lr 0.2 --weight-decay 0.1");
  const Outcome o = carried_out(recipe);
  REQUIRE(o.diagnosis.verdict == Verdict::over_regularised);
  const Treated t = treat(recipe, digits<2000, 500>(), o, kPlenty);
  REQUIRE(t.cure.has_value());
  CHECK(t.cure->change == "--lr 0.01");
  Settings cured = recipe;
  cured.lr = 0.01;
  CHECK_FALSE(corrected(o, recipe, cured) == Verdict::over_regularised);
  CHECK(t.verdict == Verdict::over_regularised);
}

TEST_CASE("treatment: without time it claims nothing") {
  const Settings recipe = with("--lr 10");
  const Treated t = treat(recipe, digits<2000, 500>(), carried_out(recipe), {.seconds = 1e-6});
  CHECK_FALSE(t.cure.has_value());
  CHECK(t.none == "There was no time for twins long enough to show the fault.");
}

TEST_CASE("treatment: a run that diverged learned nothing, whatever its last weights say") {
  const Settings recipe = with("--depth 2 --epochs 8 --plant nan_inputs:1");
  const Outcome o = carried_out(recipe);
  REQUIRE(o.diverged());
  CHECK(treat(recipe, digits<2000, 500>(), o, kPlenty).verdict == Verdict::poisoned);
}

TEST_CASE("treatment: a run that learns short of its neighbours is told what holds it back") {
  const struct {
    const char *flags, *cure;
    Verdict verdict;
  } rows[] = {
      {"--depth 2 --dropout 0.6 --epochs 10", "--dropout 0", Verdict::healthy},
      {"--depth 2 --lr 0.003 --epochs 8", "--lr 0.01", Verdict::healthy},
      {"--depth 2 --weight-decay 0.1 --epochs 10", "--weight-decay 0", Verdict::healthy},
  };
  for (const auto& row : rows) {
    CAPTURE(row.flags);
    const Settings recipe = with(row.flags);
    const Outcome o = carried_out(recipe);
    REQUIRE(o.diagnosis.verdict == Verdict::healthy);
    REQUIRE(falls_short(recipe, digits<2000, 500>(), o, kPlenty));
    const Treated t = treat(recipe, digits<2000, 500>(), o, kPlenty);
    REQUIRE(t.cure.has_value());
    CHECK(t.cure->change == row.cure);
    CHECK(t.why.ends_with(" alone takes it further."));
    CHECK(t.cure->accuracy > o.test.accuracy);
    CHECK(t.verdict == row.verdict);
  }
}

TEST_CASE("treatment: a healthy run as good as its neighbours is left alone") {
  for (const char* flags : {"", "--depth 3 --width 64", "--optimizer adam --lr 0.001"}) {
    CAPTURE(flags);
    const Settings recipe = with(flags);
    CHECK_FALSE(falls_short(recipe, digits<2000, 500>(), carried_out(recipe), kPlenty));
  }
}
