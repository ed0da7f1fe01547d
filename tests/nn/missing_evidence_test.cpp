// What was not measured is said, and never taken for a finding.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/diagnose.h"
#include "tests/nn/says.h"

using namespace lively;
using lively::testing::kH, lively::testing::looked, lively::testing::says;

namespace {

// All that a run can measure without probes; it learnt nothing.
Evidence flat_run() {
  Evidence e;
  e.label_entropy = kH;
  e.majority_share = 0.1;
  e.constant_input = false;
  e.losses.assign(300, kH);
  e.weight_norms.assign(30, 20);
  e.learning_rate = 0.01;
  e.loss = kH;
  e.accuracy = 0.1;
  e.output_deviation = 3;
  e.held_out = HeldOut{2000, 0.1, 0.1};
  e.fates = {12800, 11500, 0};
  e.update_ratios = {1e-3, 1e-3};
  e.motion_steps = 100;
  for (const char* name : {"1.weight", "3.weight"})
    e.motion.push_back({.name = name, .wired = true, .pulled = 100, .non_finite_state = 0});
  e.layers.emplace();
  for (const char* name : {"1", "2"})
    e.layers->push_back(
        {.name = name, .units = 10, .born_dead = 0, .dead_from_birth = 0, .bypassed = false});
  return e;
}

Evidence learnt_run() {
  Evidence e = flat_run();
  for (std::size_t i = 0; i < e.losses.size(); ++i)
    e.losses[i] = kH * (1 - 0.002 * static_cast<double>(i));
  e.loss = kH / 4;
  e.accuracy = 0.8;
  e.fates->wrong = 2000;
  e.held_out->accuracy = 0.8;
  return e;
}

}  // namespace

TEST_CASE("missing evidence: nothing at all decides nothing") {
  const Diagnosis d = diagnose({});
  CHECK(d.all == std::vector<Verdict>{Verdict::unsure});
  CHECK(d.looked_for.empty());
  CHECK_FALSE(d.explained);
  CHECK_FALSE(d.stuck);
  CHECK(says(d, "Unsure: nobody measured how much it has learnt"));
  CHECK(says(d, "Not looked at: "));
  for (const Probe p : {Probe::neighbours, Probe::revival, Probe::lower_rate, Probe::higher_rate})
    CHECK_FALSE(wants(p, {}));
}

TEST_CASE("missing evidence: losses, H and the majority share show no learning") {
  Evidence e;
  e.label_entropy = kH;
  e.majority_share = 0.1;
  for (int i = 0; i < 300; ++i) e.losses.push_back(kH * (1 - 0.003 * i));
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK_FALSE(d.explained);
  CHECK(says(d, "the loss at the end, the accuracy at the end"));
  CHECK(looked(d, Verdict::exploding));
  CHECK_FALSE(looked(d, Verdict::frozen_loss));
}

TEST_CASE("missing evidence: full evidence says nothing of what is missing") {
  for (const Evidence& e : {flat_run(), learnt_run()})
    CHECK_FALSE(says(diagnose(e), "Not looked at"));
  CHECK(diagnose(learnt_run()).looked_for.size() == 13);
}

TEST_CASE("missing evidence: learning that was measured is healthy, and the rest is named") {
  Evidence e;
  e.label_entropy = kH;
  e.losses = learnt_run().losses;
  e.loss = kH / 4;
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::healthy);
  CHECK(says(d,
      "Healthy: the loss is 0.576 (2.3 without learning). "
      "Not looked at: the shares of the labels, the accuracy at the end, "));
  CHECK(says(d, "which units are dead"));
  CHECK_FALSE(says(d, "No unit is dead"));
  e.losses.clear();  // who knows what happened on the way
  CHECK(diagnose(e).verdict == Verdict::unsure);
}

TEST_CASE("missing evidence: who has not measured accuracy cannot call it stuck") {
  Evidence e = flat_run();
  (*e.layers)[0].dead = (*e.layers)[0].dead_from_birth.emplace(10);
  CHECK(diagnose(e).verdict == Verdict::born_dead);
  e.accuracy.reset();  // a loss far above H may stand beside a good accuracy
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK_FALSE(d.stuck);
  CHECK_FALSE(looked(d, Verdict::born_dead));
  CHECK_FALSE(wants(Probe::revival, e));
}

TEST_CASE("missing evidence: without a census at birth nobody has died") {
  Evidence e = flat_run();
  (*e.layers)[0] = {.name = "1", .units = 10, .dead = 10, .bypassed = false};
  const Diagnosis d = diagnose(e);
  CHECK(d.all == std::vector<Verdict>{Verdict::unsure});
  CHECK(says(d, "Dead, onset unknown"));
  CHECK_FALSE(looked(d, Verdict::died));
}

TEST_CASE("missing evidence: without a census no unit is alive, and no signal has vanished") {
  Evidence e = flat_run();
  e.layers.reset();
  e.output_deviation = 1e-7;  // as a dead layer would have it too
  Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK(says(d, "No units were counted. Not looked at: which units are dead."));
  for (const Verdict v : {Verdict::born_dead, Verdict::died, Verdict::vanishing})
    CHECK_FALSE(looked(d, v));
  e.layers.emplace();  // a network without rectifiers has no units that could die
  d = diagnose(e);
  CHECK(d.verdict == Verdict::vanishing);
  CHECK(looked(d, Verdict::died));

  e = flat_run();
  e.layers.reset();
  e.fates->frozen = e.fates->wrong;
  d = diagnose(e);
  CHECK(d.verdict == Verdict::frozen_loss);
  CHECK_FALSE(says(d, "alive"));
}

TEST_CASE(
    "missing evidence: a dead layer with a shortcut that nobody has looked for cuts nothing") {
  Evidence e = flat_run();
  (*e.layers)[0] = {.name = "1", .units = 10, .dead = 10, .born_dead = 10, .dead_from_birth = 10};
  e.output_deviation = 1e-7;
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK(says(d, "Not looked at: whether a shortcut leads around a dead layer."));
  CHECK_FALSE(looked(d, Verdict::vanishing));
  CHECK(wants(Probe::revival, e));  // which tells
  e.revival_cures = true;
  CHECK(diagnose(e).verdict == Verdict::born_dead);
}

TEST_CASE("missing evidence: logits that are all the same, or differ, tell of a shortcut") {
  Evidence e = flat_run();
  (*e.layers)[0] = {.name = "1", .units = 10, .dead = 10, .born_dead = 10, .dead_from_birth = 10};
  e.output_deviation = 0;
  Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::born_dead);
  CHECK(says(d, "all 10 units of layer 1 are dead"));
  CHECK_FALSE(says(d, "shortcut"));
  e.output_deviation = 0.1;
  d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK_FALSE(says(d, "shortcut"));
  CHECK(looked(d, Verdict::vanishing));
  e.output_deviation = 0;
  (*e.layers)[0].bypassed = true;  // who asked the network knows better
  CHECK(diagnose(e).verdict == Verdict::vanishing);
}

TEST_CASE("missing evidence: where half of a layer is dead, only reviving tells") {
  Evidence e = flat_run();
  (*e.layers)[0].dead = 9;
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK(says(d,
      "9 of 20 units are dead. Not looked at: whether reviving the dead units lets the "
      "network learn."));
  e.revival_cures = false;
  CHECK_FALSE(says(diagnose(e), "reviving"));
  e.revival_cures.reset();
  e.constant_input = true;  // explains it without
  CHECK_FALSE(says(diagnose(e), "reviving"));
}

TEST_CASE("missing evidence: a loss whose gradient nobody saw is not called sound") {
  Evidence e = flat_run();
  e.fates.reset();
  e.neighbours = HeldOut{2000, 0.1, 0.1};
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);  // uninformative labels, if gradients flow
  CHECK_FALSE(looked(d, Verdict::frozen_loss));
  CHECK(says(d, "Not looked at: the logits' gradient."));
}

TEST_CASE("missing evidence: wiring is looked for where all of it was seen") {
  CHECK(looked(diagnose(flat_run()), Verdict::wiring));
  const auto unseen = [](auto lose, const char* what) {
    Evidence e = flat_run();
    lose(e);
    const Diagnosis d = diagnose(e);
    CHECK_FALSE(looked(d, Verdict::wiring));
    CHECK(says(d, what));
  };
  unseen([](Evidence& e) { e.constant_input.reset(); }, "whether the inputs differ");
  unseen([](Evidence& e) { e.learning_rate.reset(); }, "the learning rate");
  unseen([](Evidence& e) { e.motion.clear(); }, "whether every parameter is in an optimizer");
  unseen(
      [](Evidence& e) { e.motion[0].wired.reset(); }, "whether every parameter is in an optimizer");
}

TEST_CASE(
    "missing evidence: a frozen optimizer is not one without its rate, and its cause is open") {
  Evidence e = flat_run();
  for (MotionEvidence& m : e.motion) m.unmoved = m.pulled;
  CHECK(diagnose(e).verdict == Verdict::frozen_optimizer);
  for (MotionEvidence& m : e.motion) m.non_finite_state.reset();
  Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::frozen_optimizer);
  CHECK(says(d, "nobody looked at the state"));
  e.motion[0].pulled = e.motion[0].unmoved = 10000;
  e.motion[1].unmoved = 0;  // frozen if the state below has overflowed, else the gradient vanished
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK_FALSE(looked(diagnose(e), Verdict::frozen_optimizer));
  e = flat_run();
  for (MotionEvidence& m : e.motion) m.unmoved = m.pulled;
  e.learning_rate.reset();
  d = diagnose(e);
  CHECK(d.verdict == Verdict::unsure);
  CHECK_FALSE(looked(d, Verdict::frozen_optimizer));
}

TEST_CASE("missing evidence: a loss that is no number is poison, whoever found where") {
  Evidence e = flat_run();
  e.losses.back() = NAN;
  e.loss = NAN;
  const Diagnosis d = diagnose(e);
  CHECK(d.verdict == Verdict::poisoned);
  CHECK(says(d, "Poisoned: the loss was not finite at step 300"));
}

TEST_CASE("missing evidence: a loss at the end that no copies are held against decides nothing") {
  Evidence e = flat_run();
  for (std::size_t i = 0; i < e.losses.size(); ++i) e.losses[i] = i % 2 ? 2.0 : 1.6;
  e.loss = 1.8;
  e.accuracy = 0.3;
  e.loss_at_rate = 1.75;
  e.loss_at_tenth = 1.2;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK_FALSE(looked(diagnose(e), Verdict::oscillating));
  e.late_loss = 1.8;
  CHECK(diagnose(e).verdict == Verdict::oscillating);
}
