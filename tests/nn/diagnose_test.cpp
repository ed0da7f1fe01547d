#include "lively/nn/liveness/diagnose.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/nn/says.h"

using namespace lively;
using lively::testing::kH;

namespace {

MotionEvidence wired(const char* name, int64_t pulled = 0, double frozen = 0) {
  return {.name = name,
      .wired = true,
      .pulled = pulled,
      .unmoved = static_cast<int64_t>(static_cast<double>(pulled) * frozen),
      .non_finite_state = 0};
}

// A run that learnt: loss falls from H to a third of it.
Evidence learnt() {
  Evidence e;
  e.label_entropy = kH;
  e.majority_share = 0.1;
  for (int i = 0; i < 300; ++i) e.losses.push_back(kH * (1 - 0.002 * i));
  for (int i = 0; i < 20; ++i) e.weight_norms.push_back(20 + i * 0.1);
  e.loss = kH / 3;
  e.accuracy = 0.8;
  e.output_deviation = 3;
  e.fates = {12800, 2000, 0};
  e.update_ratios = {1e-3, 1e-3};
  e.constant_input = false;
  e.learning_rate = 0.01;
  e.motion = {wired("1.weight"), wired("3.weight")};
  e.layers.emplace();
  for (int i = 0; i < 3; ++i)
    e.layers->push_back({.name = std::to_string(i),
        .units = 100,
        .born_dead = 0,
        .dead_from_birth = 0,
        .bypassed = false});
  return e;
}

Evidence flat() {
  Evidence e = learnt();
  e.losses.assign(300, kH);
  e.loss = kH;
  e.accuracy = 0.1;
  e.fates->wrong = 11500;
  return e;
}

void kill(LayerEvidence& l, int64_t dead, int64_t from_birth) {
  l.dead = dead;
  l.dead_from_birth = l.born_dead = from_birth;
}

}  // namespace

TEST_CASE("diagnose: learning is healthy, dead units or not") {
  Evidence e = learnt();
  CHECK(diagnose(e).verdict == Verdict::healthy);
  CHECK(
      diagnose(e).text ==
      "Healthy: 80.0 % of the samples are right, and the loss is 0.768 (2.3 without learning). No "
      "unit is dead.");
  kill((*e.layers)[1], 90, 0);
  CHECK(diagnose(e).verdict == Verdict::healthy);
  CHECK(diagnose(e).text.find("90 of 300 units are dead, which is a note and no fault.") !=
        std::string::npos);
}

TEST_CASE("diagnose: says which faults it could look for") {
  const auto looked = [](const Evidence& e, Verdict v) {
    const std::vector<Verdict> all = diagnose(e).looked_for;
    return std::ranges::find(all, v) != all.end();
  };
  Evidence e = learnt();
  CHECK(diagnose(e).looked_for.size() == 13);  // all but healthy and unsure
  e = flat();
  CHECK_FALSE(looked(e, Verdict::frozen_optimizer));  // no step was watched
  e.motion_steps = 100;
  CHECK(looked(e, Verdict::frozen_optimizer));
  e.held_out = HeldOut{2000, 0.1, 0.1};
  CHECK_FALSE(looked(
      e, Verdict::uninformative_labels));  // no better than chance; nobody asked the neighbours
  e.neighbours = HeldOut{2000, 0.9, 0.1};
  CHECK(looked(e, Verdict::uninformative_labels));
  kill((*e.layers)[1], 70, 0);
  CHECK_FALSE(looked(e, Verdict::died));  // nobody has tried to revive them
  e.revival_cures = false;
  CHECK(looked(e, Verdict::died));
  kill((*e.layers)[1], 100, 0);
  CHECK(looked(e, Verdict::born_dead));
  (*e.layers)[1].born_dead = (*e.layers)[1].dead_from_birth = {};
  CHECK_FALSE(looked(e, Verdict::born_dead));  // dead it is, but since when?
  e.layers.reset();
  CHECK_FALSE(looked(e, Verdict::born_dead));  // no census
  e = learnt();
  e.non_finite = NonFinite{300, "loss"};
  CHECK(diagnose(e).looked_for == std::vector<Verdict>{Verdict::exploding, Verdict::poisoned,
                                      Verdict::wiring, Verdict::frozen_loss});
  e.fates.reset();
  CHECK_FALSE(looked(e, Verdict::frozen_loss));
}

TEST_CASE("diagnose: near a threshold nothing is decided") {
  Evidence e = learnt();
  e.accuracy = 0.55;   // half of the way from 0.1 to 1
  e.loss = kH * 0.45;  // P = 0.55
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss = kH * 0.35;
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

TEST_CASE("diagnose: good accuracy under a huge loss is learning, not standstill") {
  Evidence e = learnt();
  for (double& l : e.losses) l *= 100;
  e.loss = 60;
  e.accuracy = 0.77;
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

TEST_CASE("diagnose: noisy losses of single samples are no explosion") {
  Evidence e = learnt();
  for (std::size_t i = 0; i < e.losses.size(); ++i) e.losses[i] = i % 7 == 0 ? 2.0 : 1e-3;
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

TEST_CASE("diagnose: exploding comes before the NaN that follows") {
  Evidence e = learnt();
  e.losses = {5, 400, 3e8, NAN};
  e.loss = NAN;
  e.non_finite = NonFinite{4, "the loss"};
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::exploding);
  CHECK(d.text.find("until the loss was no longer finite at step 4") != std::string::npos);
  Evidence weights = flat();
  for (int i = 0; i < 3; ++i) weights.weight_norms.push_back(1e5);
  CHECK(diagnose(weights).verdict == Verdict::exploding);
}

TEST_CASE("diagnose: a NaN without a rise is poison, not explosion") {
  Evidence e = learnt();
  e.losses = {2.3, 2.2, NAN};
  e.loss = NAN;
  e.non_finite = NonFinite{2, "parameter 2.weight"};
  CHECK(diagnose(e).verdict == Verdict::poisoned);
  CHECK(diagnose(e).text.find("Poisoned: parameter 2.weight was not finite at step 2") == 0);
}

TEST_CASE("diagnose: a spike that the run came back from is no explosion") {
  Evidence e = flat();
  for (int i = 10; i < 30; ++i) e.losses[static_cast<std::size_t>(i)] = 1e4;
  kill((*e.layers)[2], 100, 3);
  CHECK(diagnose(e).verdict == Verdict::died);
}

TEST_CASE("diagnose: a frozen loss is told by its gradients") {
  Evidence e = flat();
  e.losses.assign(300, 14.5);
  e.loss = 14.5;
  e.fates->frozen = e.fates->wrong;
  CHECK(diagnose(e).verdict == Verdict::frozen_loss);
  e.fates->frozen = e.fates->wrong / 4;
  CHECK(diagnose(e).verdict == Verdict::unsure);
}

TEST_CASE("diagnose: a dead cut is born or died by when its units were last seen") {
  Evidence e = flat();
  kill((*e.layers)[1], 100, 60);
  CHECK(diagnose(e).verdict == Verdict::born_dead);
  kill((*e.layers)[1], 100, 40);
  CHECK(diagnose(e).verdict == Verdict::died);
  e.output_deviation = 0;  // follows from the cut, and is not a vanished signal
  CHECK(diagnose(e).all == std::vector<Verdict>{Verdict::died});
  (*e.layers)[1].bypassed = true;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
}

TEST_CASE("diagnose: without a census at birth, dead is all that can be said") {
  Evidence e = flat();
  (*e.layers)[1] = {.name = "1", .units = 100, .dead = 100, .bypassed = false};
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK(diagnose(e).text.find("Dead, onset unknown: all 100 units of layer ") == 0);
}

TEST_CASE("diagnose: half a layer dead is a cause only if reviving it cures") {
  Evidence e = flat();
  kill((*e.layers)[1], 70, 2);
  CHECK(wants(Probe::revival, e));
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.revival_cures = false;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK_FALSE(wants(Probe::revival, e));
  e.revival_cures = true;
  CHECK(diagnose(e).verdict == Verdict::died);
  CHECK_FALSE(wants(Probe::revival, learnt()));
}

TEST_CASE("diagnose: a vanished signal or gradient, with nobody dead") {
  Evidence e = flat();
  e.output_deviation = 5e-7;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  kill((*e.layers)[2], 20, 20);
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  Evidence g = flat();
  g.update_ratios = {1e-8, 1e-5, 1e-3};
  CHECK(diagnose(g).verdict == Verdict::vanishing);
  g.update_ratios = {1e-8, 1e-7};
  CHECK(diagnose(g).verdict == Verdict::unsure);
  g.update_ratios = {0, 3e-9};  // a rate so small that the first layer's step is rounded off
  CHECK(diagnose(g).verdict == Verdict::unsure);
}

TEST_CASE("diagnose: what is not joined is wiring, whatever else holds") {
  Evidence e = flat();
  kill((*e.layers)[1], 100, 3);
  e.constant_input = true;
  CHECK(diagnose(e).all == std::vector<Verdict>{Verdict::wiring, Verdict::died});
  e.constant_input = false;
  e.motion[1].wired = false;
  CHECK(diagnose(e).verdict == Verdict::wiring);
  CHECK(diagnose(e).text.find("1 parameters, 3.weight the first") != std::string::npos);
  e.motion[1].wired = true;
  e.learning_rate = 0;
  CHECK(diagnose(e).verdict == Verdict::wiring);
  CHECK_FALSE(wants(Probe::revival, e));
}

TEST_CASE("diagnose: labels that say nothing, by their entropy or by two that both fail") {
  Evidence e = learnt();
  e.label_entropy = 0.008;
  CHECK(diagnose(e).verdict == Verdict::uninformative_labels);
  e.label_entropy = 0.009;  // within a fifth of 0.01
  CHECK(diagnose(e).verdict != Verdict::uninformative_labels);

  // Chance is 0.1 and a standard error of 2,500 samples 0.006.
  Evidence chance = flat();
  chance.held_out = HeldOut{2500, 0.114, 0.1};
  CHECK(wants(Probe::neighbours, chance));
  CHECK(diagnose(chance).verdict == Verdict::unsure);
  chance.neighbours = HeldOut{2500, 0.095, 0.1};
  CHECK(diagnose(chance).verdict == Verdict::uninformative_labels);
  CHECK_FALSE(wants(Probe::neighbours, chance));
  chance.held_out->accuracy = 0.116;  // 2.7 errors above: neither 2.5 nor 3
  CHECK(diagnose(chance).verdict == Verdict::unsure);
  chance.held_out->accuracy = 0.1;
  chance.neighbours->accuracy = 0.6;  // the labels do say something
  CHECK(diagnose(chance).verdict == Verdict::unsure);
  chance.neighbours->accuracy = 0.1;
  chance.held_out->samples = chance.neighbours->samples = 400;
  CHECK(diagnose(chance).verdict == Verdict::uninformative_labels);
  chance.held_out->samples = chance.neighbours->samples = 399;
  CHECK(diagnose(chance).verdict == Verdict::unsure);
}

TEST_CASE("diagnose: weights so large that the first loss is astronomic are not slow") {
  Evidence e = flat();
  for (double& loss : e.losses) loss = 1e24;
  e.loss = e.late_loss = e.loss_at_rate = 1e24;
  e.loss_at_tenfold = 1e22;
  CHECK(diagnose(e).verdict == Verdict::exploding);
  for (double& loss : e.losses) loss = 2.3;
  e.loss = e.late_loss = e.loss_at_rate = 2.3;
  e.loss_at_tenfold = 0.023;
  CHECK(diagnose(e).verdict == Verdict::slow);
}

TEST_CASE("diagnose: chance is not the labels' fault where no gradient flows") {
  Evidence e = flat();
  e.held_out = HeldOut{2500, 0.1, 0.1};
  e.neighbours = HeldOut{2500, 0.1, 0.1};
  kill((*e.layers)[1], 100, 100);
  CHECK(diagnose(e).verdict == Verdict::born_dead);
  e = flat();
  e.held_out = HeldOut{2500, 0.1, 0.1};
  e.fates->frozen = e.fates->wrong;
  CHECK_FALSE(wants(Probe::neighbours, e));
  CHECK(diagnose(e).verdict == Verdict::frozen_loss);
}

namespace {

// Two layers of which this share did not move.
Evidence frozen(double first, double last) {
  Evidence e = flat();
  e.motion = {
      wired("1.weight", 9000, first), wired("1.bias", 1000, first), wired("3.weight", 1000, last)};
  e.motion_steps = 100;
  return e;
}

}  // namespace

TEST_CASE("diagnose: an optimizer is frozen if nothing moves that is pulled") {
  Evidence e = frozen(0.99, 0.99);
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::frozen_optimizer);
  CHECK(d.text.find("99.0 % of the parameters") != std::string::npos);
  CHECK(d.text.find("half a unit in the last place") != std::string::npos);
  CHECK(diagnose(frozen(0.94, 0.94)).verdict == Verdict::unsure);
  e.motion_steps = 99;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e = frozen(0.99, 0.99);
  e.learning_rate = 0;
  CHECK(diagnose(e).verdict == Verdict::wiring);
}

TEST_CASE(
    "diagnose: a gradient that vanished on its way down is no frozen optimizer, an overflow is") {
  Evidence e = frozen(0.999, 0);
  e.output_deviation = 1e-6;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  e.motion[0].non_finite_state = 9000;
  CHECK(diagnose(frozen(1, 0.5)).verdict == Verdict::unsure);
  e.motion[2].unmoved = 990;
  CHECK(diagnose(e).verdict == Verdict::frozen_optimizer);
  CHECK(diagnose(e).text.find("9000 entries of the optimizer's state have overflowed") !=
        std::string::npos);
}

TEST_CASE("diagnose: a schedule that ends near 0 does not freeze a network that has learnt") {
  Evidence e = learnt();
  e.motion = frozen(1, 1).motion;
  e.motion_steps = 100;
  CHECK(diagnose(e).verdict == Verdict::healthy);
}

namespace {

// A loss that goes up and down by a fifth around a level.
Evidence seesaw() {
  Evidence e = flat();
  for (std::size_t i = 0; i < e.losses.size(); ++i) e.losses[i] = i % 2 ? 2.0 : 1.6;
  e.loss = 1.8;
  e.accuracy = 0.3;
  e.late_loss = 1.8;
  return e;
}

}  // namespace

TEST_CASE("diagnose: oscillation is shown by a tenth of the rate") {
  Evidence e = seesaw();
  CHECK(wants(Probe::lower_rate, e));
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_rate = 1.75;
  e.loss_at_tenth = 1.2;
  CHECK_FALSE(wants(Probe::lower_rate, e));
  CHECK(diagnose(e).verdict == Verdict::oscillating);
  e.loss_at_tenth = 1.40;  // a cut of 22 %: within a fifth of 20 %
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_tenth = 1.2;
  e.loss_at_rate = 1.2;  // it needed time, not smaller steps
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_rate = NAN;  // worse than no improvement, but not a number to judge by
  CHECK(diagnose(e).verdict == Verdict::unsure);

  Evidence risen = learnt();  // learnt, and then lost half of it
  for (std::size_t i = 200; i < 300; ++i) risen.losses[i] = i % 2 ? 3.2 : 2.4;
  for (std::size_t i = 100; i < 200; ++i) risen.losses[i] = 1.0;
  CHECK(wants(Probe::lower_rate, risen));
  CHECK_FALSE(wants(Probe::lower_rate, learnt()));
}

TEST_CASE("diagnose: slow is shown by ten times the rate") {
  Evidence e = flat();
  for (std::size_t i = 0; i < e.losses.size(); ++i)
    e.losses[i] = kH * std::exp(-0.0005 * static_cast<double>(i));
  e.loss = e.late_loss = e.losses.back();
  e.accuracy = 0.2;
  CHECK(wants(Probe::higher_rate, e));
  CHECK_FALSE(wants(Probe::lower_rate, e));
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_tenfold = 0.4 * *e.late_loss;
  CHECK(diagnose(e).verdict == Verdict::slow);
  CHECK_FALSE(wants(Probe::higher_rate, e));
  e.loss_at_tenfold = 0.45 * *e.late_loss;  // within a fifth of a half
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK_FALSE(wants(Probe::higher_rate, learnt()));
}

namespace {

// Nothing learnt by steps so small that no layer moves.
Evidence starved() {
  Evidence e = flat();
  e.update_ratios = {1e-7, 2e-7};
  e.nominal_rate = e.usual_rate = e.learning_rate;
  e.last_step = StepEvidence{.kept = 1e-4, .gain = 2, .size = 1e-5, .decay = 0};
  e.late_loss = kH;
  return e;
}

}  // namespace

TEST_CASE("diagnose: a starved step is told by what scales it down and a copy without that") {
  Evidence e = starved();
  CHECK(wants(Probe::unscaled, e));
  CHECK(diagnose(e).verdict == Verdict::starved_step);  // no layer moves
  e.loss_unscaled = 0.9 * kH;                           // nor would it learn without
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_unscaled = 0.4 * kH;
  CHECK_FALSE(wants(Probe::unscaled, e));
  CHECK(diagnose(e).verdict == Verdict::starved_step);
  CHECK(diagnose(e).text ==
        "Starved step: clipping left 0.0001 of the gradient, so that the weights hardly move. A "
        "copy whose steps nothing scaled down came from a loss of 2.3 to 0.921.");
  e.loss_at_rate = 0.41 * kH;  // it was merely short
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_at_rate = kH;
  e.loss_unscaled.reset();
  e.loss_at_tenfold = 0.4 * kH;
  e.last_step->kept = 0.09;  // within a fifth of a tenth
  CHECK(diagnose(e).verdict == Verdict::slow);
  e.usual_rate = 0.01 * *e.nominal_rate;  // a warm-up
  CHECK(diagnose(e).verdict == Verdict::starved_step);
  e.usual_rate = e.nominal_rate;
  e.update_ratios = {1e-5, 2e-5};  // what float32 does not round off
  e.last_step = StepEvidence{.kept = {}, .gain = 0.01, .size = 1e-5, .decay = {}};  // an eps
  CHECK(diagnose(e).verdict == Verdict::starved_step);
  e.last_step->size = 0.5;  // huge gradients under adam
  CHECK(diagnose(e).verdict == Verdict::slow);
}

TEST_CASE("diagnose: what larger steps cure is no frozen optimizer") {
  Evidence e = starved();
  e.motion = {wired("1.weight", 9000, 1), wired("3.weight", 1000, 1)};
  e.motion_steps = 100;
  e.loss_unscaled = 0.4 * kH;
  CHECK(diagnose(e).verdict == Verdict::starved_step);
  e.last_step.reset();
  e.loss_unscaled.reset();
  CHECK(diagnose(e).verdict == Verdict::frozen_optimizer);
  CHECK(wants(Probe::higher_rate, e));
  e.loss_at_tenfold = e.loss_at_hundredfold = kH;
  e.loss_at_thousandfold = 0.3 * kH;
  CHECK(diagnose(e).verdict == Verdict::slow);
  CHECK(diagnose(e).text.find("a thousand times the learning rate") != std::string::npos);
  e.losses.front() = 100 * kH;  // it is the weights that are too large
  CHECK(diagnose(e).verdict == Verdict::frozen_optimizer);
}

TEST_CASE("diagnose: too much decay shrinks the weights, and a copy without it learns") {
  Evidence e = flat();
  e.output_deviation = 1e-5;  // which is not a signal that vanished by itself
  e.weight_norms = {20, 12, 8, 8};
  CHECK(diagnose(e).verdict == Verdict::over_regularised);
  CHECK(diagnose(e).text.starts_with(
      "Over-regularised: the norm of the weights fell from 20 to 8, "));
  e.weight_norms = {20, 12, 9, 9};  // within a fifth of half
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  e = flat();
  e.late_loss = kH;
  CHECK(wants(Probe::freed, e));
  e.loss_freed = 0.5 * kH;
  e.loss_at_rate = kH;
  CHECK(diagnose(e).verdict == Verdict::over_regularised);
  e.loss_at_rate = 0.6 * kH;  // it learns by itself
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.loss_freed.reset();
  e.losses[0] = 5 * kH;
  e.birth_loss = kH;  // of the same weights, in evaluation
  CHECK(diagnose(e).verdict == Verdict::over_regularised);
  e.losses.back() = 1e4 * kH;  // what noise is multiplied to
  CHECK(diagnose(e).verdict == Verdict::over_regularised);
  e.birth_loss = 2 * kH;
  CHECK(diagnose(e).verdict == Verdict::exploding);
}
