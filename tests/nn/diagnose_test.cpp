#include "lively/nn/liveness/diagnose.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lively;

namespace {

const double kH = std::log(10.0);

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
  e.samples_seen = 12800;
  e.wrong = 2000;
  e.update_ratios = {1e-3, 1e-3};
  for (int i = 0; i < 3; ++i) e.layers.push_back({.name = std::to_string(i), .units = 100});
  return e;
}

Evidence flat() {
  Evidence e = learnt();
  e.losses.assign(300, kH);
  e.loss = kH;
  e.accuracy = 0.1;
  e.wrong = 11500;
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
  CHECK(diagnose(e).text == "Healthy: the network has learnt 78 % of what there is to learn. No unit is dead.");
  kill(e.layers[1], 90, 0);
  CHECK(diagnose(e).verdict == Verdict::healthy);
  CHECK(diagnose(e).text.find("90 of 300 units are dead, which is a note and no fault.") != std::string::npos);
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
  kill(e.layers[2], 100, 3);
  CHECK(diagnose(e).verdict == Verdict::died);
}

TEST_CASE("diagnose: a frozen loss is told by its gradients") {
  Evidence e = flat();
  e.losses.assign(300, 14.5);
  e.loss = 14.5;
  e.wrong_frozen = e.wrong;
  CHECK(diagnose(e).verdict == Verdict::frozen_loss);
  e.wrong_frozen = e.wrong * 9 / 10;
  CHECK(diagnose(e).verdict == Verdict::unsure);
}

TEST_CASE("diagnose: a dead cut is born or died by when its units were last seen") {
  Evidence e = flat();
  kill(e.layers[1], 100, 60);
  CHECK(diagnose(e).verdict == Verdict::born_dead);
  kill(e.layers[1], 100, 40);
  CHECK(diagnose(e).verdict == Verdict::died);
  e.output_deviation = 0;  // follows from the cut, and is not a vanished signal
  CHECK(diagnose(e).all == std::vector<Verdict>{Verdict::died});
  e.layers[1].bypassed = true;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
}

TEST_CASE("diagnose: half a layer dead is a cause only if reviving it cures") {
  Evidence e = flat();
  kill(e.layers[1], 70, 2);
  CHECK(needs_revival_probe(e));
  CHECK(diagnose(e).verdict == Verdict::unsure);
  e.revival_cures = false;
  CHECK(diagnose(e).verdict == Verdict::unsure);
  CHECK_FALSE(needs_revival_probe(e));
  e.revival_cures = true;
  CHECK(diagnose(e).verdict == Verdict::died);
  CHECK_FALSE(needs_revival_probe(learnt()));
}

TEST_CASE("diagnose: a vanished signal or gradient, with nobody dead") {
  Evidence e = flat();
  e.output_deviation = 5e-7;
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  kill(e.layers[2], 20, 20);
  CHECK(diagnose(e).verdict == Verdict::vanishing);
  Evidence g = flat();
  g.update_ratios = {1e-8, 1e-5, 1e-3};
  CHECK(diagnose(g).verdict == Verdict::vanishing);
  g.update_ratios = {1e-8, 1e-7};
  CHECK(diagnose(g).verdict == Verdict::unsure);
}
