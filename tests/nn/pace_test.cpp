// What the size of the steps does, and how a network began and ends beside what its data give.
#include <doctest/doctest.h>

#include <cmath>

#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/liveness/probes.h"
#include "tests/nn/says.h"

using namespace lively;
using lively::testing::says;

namespace {

const double kLn10 = std::log(10.0);

// A run of 300 steps that ends at this loss and accuracy.
Evidence ending_at(double loss, double accuracy) {
  Evidence e;
  e.label_entropy = kLn10;
  e.majority_share = 0.1;
  for (int i = 0; i < 300; ++i) e.losses.push_back(kLn10 + (loss - kLn10) * i / 299);
  e.weight_norms = {20, 21, 22};
  e.loss = loss;
  e.late_loss = loss;
  e.accuracy = accuracy;
  e.held_out = HeldOut{2000, accuracy, 0.1};
  e.output_deviation = 1;
  e.birth_deviation = 0.5;
  e.birth_loss = kLn10;
  e.learning_rate = e.usual_rate = e.nominal_rate = 0.01;
  e.constant_input = false;
  e.fates = {12800, 6000, 0};
  e.update_ratios = e.first_ratios = {1e-3, 1e-3};
  e.layers.emplace();
  e.layers->push_back(
      {.name = "1", .units = 100, .born_dead = 0, .dead_from_birth = 0, .bypassed = false});
  return e;
}

}  // namespace

TEST_CASE("pace: healthy is near what the data give, by 10 nearest neighbours") {
  Evidence e = ending_at(0.8, 0.65);
  CHECK(wants(Probe::neighbours, e));
  CHECK(diagnose(e).verdict == Verdict::healthy);
  e.neighbours = HeldOut{2000, 0.95, 0.1};  // 65 % of their way
  CHECK_FALSE(wants(Probe::neighbours, e));
  CHECK(wants(Probe::freed, e));
  Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK(says(d, "right in 65.0 % and 10 nearest neighbours in 95.0 %"));
  e.loss_at_rate = 0.6;  // it was merely short
  d = diagnose(e);
  CHECK(d.verdict == Verdict::healthy);
  CHECK(says(d, "65.0 % of 2,000 samples held out are right (10 nearest neighbours: 95.0 %)"));
  e.loss_at_rate = 0.8;
  e.loss_freed = 0.3;  // decay or dropout kept it there
  CHECK(diagnose(e).verdict == Verdict::over_regularised);

  e = ending_at(1.3, 0.5);  // P = 0.44: a number in between
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.neighbours = HeldOut{2000, 0.55, 0.1};  // as much as there is
  CHECK(diagnose(e).verdict == Verdict::healthy);
  CHECK_FALSE(wants(Probe::neighbours, ending_at(0.2, 0.95)));
}

TEST_CASE("pace: most units dead is a warning where the network learns all the same") {
  Evidence e = ending_at(0.2, 0.95);
  (*e.layers)[0].dead = 57;
  CHECK(says(diagnose(e), "Warning: 57 of 100 units are dead, more than half"));
  (*e.layers)[0].dead = 43;
  CHECK(says(diagnose(e), "43 of 100 units are dead, which is a note"));
}

TEST_CASE("pace: a run at 99.8 % does not oscillate, whatever its loss does") {
  Evidence e = ending_at(0.02, 0.998);
  for (std::size_t i = 100; i < 300; ++i) e.losses[i] = i % 2 ? 0.001 : 0.002;
  for (std::size_t i = 250; i < 300; ++i) e.losses[i] = i % 2 ? 0.01 : 0.02;
  CHECK_FALSE(wants(Probe::lower_rate, e));
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

TEST_CASE("pace: steps overshot where what was learnt, or a signal, is gone") {
  Evidence e = ending_at(kLn10, 0.1);
  CHECK(diagnose(e).verdict == Verdict::unsure);
  for (std::size_t i = 50; i < 100; ++i) e.losses[i] = 1;  // it had learnt
  Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::oscillating);
  CHECK(says(d, "the network had learnt, and the steps undid it"));
  for (std::size_t i = 100; i < 300; ++i) e.losses[i] = 6;
  CHECK(says(diagnose(e), "The loss jumped 6-fold after step 100, and stayed up."));
  e = ending_at(kLn10, 0.1);
  for (std::size_t i = 5; i < 300; ++i) e.losses[i] = 9;  // worse than guessing, and not from birth
  CHECK(says(diagnose(e), "the loss is above what guessing gives"));
  e = ending_at(kLn10, 0.1);
  e.output_deviation = 1e-6;
  d = diagnose(e);
  CHECK(d.all == std::vector<Verdict>{Verdict::oscillating});  // and nothing vanished by itself
  CHECK(says(d, "a signal that was there at birth is gone"));
  e.weight_norms = {20, 12, 6};  // decay drew it in
  CHECK(diagnose(e).verdict == Verdict::over_regularised);
  e = ending_at(kLn10, 0.1);
  e.birth_saturated = 0.01;
  e.saturated = 0.9;
  CHECK(diagnose(e).verdict == Verdict::oscillating);
  e.birth_saturated = 0.8;
  d = diagnose(e);
  CHECK(d.verdict == Verdict::vanishing);
  CHECK(says(d, "in the most saturated layer, 90 % of the slopes are below 1e-4"));
  e = ending_at(1.8, 0.3);
  e.loss_at_rate = 2.4;
  CHECK(diagnose(e).verdict == Verdict::oscillating);
  e = ending_at(2.6, 0.1);  // above guessing, to which smaller steps come down
  e.loss_at_rate = 2.58;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_tenth = 2.32;
  CHECK(diagnose(e).verdict == Verdict::oscillating);
  e.loss_at_rate = 2.32;  // and so does going on
  CHECK(diagnose(e).verdict == Verdict::unsure);
}

TEST_CASE("pace: an overflow by the third step is an explosion that the first loss hides") {
  Evidence e = ending_at(NAN, 0.1);
  e.losses = {1e9, NAN};
  e.birth_loss = 1.1e9;
  e.non_finite = NonFinite{2, "the result of linear in layer 3", "linear", "3"};
  CHECK(diagnose(e).verdict == Verdict::exploding);
  CHECK(says(diagnose(e), "Exploding: the loss was 1e+09 in the first step until the result"));
  e.losses = {NAN};
  e.birth_loss = INFINITY;  // no loss at all
  CHECK(diagnose(e).verdict == Verdict::exploding);
  e.losses = {3, NAN};
  e.birth_loss = 3;
  CHECK(diagnose(e).verdict == Verdict::poisoned);
  e.first_ratios = {1e-3, 400};  // one step moved a layer by 400 times its size
  CHECK(diagnose(e).verdict == Verdict::exploding);
  e.non_finite->sample = 7;
  CHECK(diagnose(e).verdict == Verdict::poisoned);
}

TEST_CASE("pace: how it began names what nothing else tells") {
  Evidence e = ending_at(1.9, 0.25);
  e.losses.front() = 300;
  e.birth_loss = 310;
  CHECK(diagnose(e).verdict == Verdict::exploding);
  CHECK(says(diagnose(e), "the signal is too large from birth"));
  e.loss_at_tenfold = 0.5;
  e.loss_at_rate = 1.85;
  CHECK(diagnose(e).verdict == Verdict::exploding);
  e.update_ratios = {1e-8, 1e-8};  // weights so large that no step moves them
  CHECK(diagnose(e).verdict == Verdict::slow);
  e = ending_at(1.9, 0.25);
  e.birth_deviation = 0.01;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  e.birth_deviation = 0.03;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.losses.resize(12);
  e.loss_at_rate = 1.7;
  CHECK(diagnose(e).verdict == Verdict::slow);
  CHECK(says(diagnose(e), "after 12 steps the loss is at 1.9"));
}

TEST_CASE(
    "pace: a weak part of the wrong samples frozen tells of a clipped loss in a hurt network") {
  Evidence e = ending_at(1.9, 0.25);
  e.fates = {1000, 700, 250};
  CHECK(diagnose(e).verdict == Verdict::frozen_loss);
  e.accuracy = 0.8;
  e.loss = 0.5;
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

TEST_CASE("pace: copies go on as asked, each no longer than the run, until one tells") {
  Evidence e = ending_at(1.9, 0.25);
  e.usual_rate = 1e-4;
  CHECK(held_by_rate(e));
  e.usual_rate = 1e-3;
  CHECK_FALSE(held_by_rate(e));
  std::vector<std::string> tried;
  Probes p;
  p.go_on = [&](double factor, int64_t steps) {
    CHECK(steps == 300);
    tried.push_back(std::to_string(factor).substr(0, 4));
    return factor == 100 ? 0.4 : 1.88;
  };
  p.freed = [](int64_t) { return std::optional<double>(); };  // there is nothing to take away
  p.unscaled = p.freed;
  try_probes(e, p);
  std::string order;
  for (const std::string& one : tried) order += one + " ";
  CHECK(order == "1.00 0.10 10.0 100. ");
  CHECK_FALSE(e.loss_freed);
  CHECK_FALSE(e.loss_at_thousandfold);
  CHECK(diagnose(e).verdict == Verdict::slow);
}
