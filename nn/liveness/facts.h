#pragma once

#include "lively/nn/liveness/diagnose.h"

namespace lively::detail {

// Entries of one layer's parameters, over the last steps: those with a gradient, and of these those
// that did not change by a bit.
struct LayerMotion {
  std::string name;
  int64_t pulled = 0, unmoved = 0;
};

// What the rules make of the evidence, and the words then tell.
struct Facts {
  double explained = 0;   // -infinity: nothing was measured, or it is not finite
  bool measured = false;  // else what was not measured might make `explained` larger
  bool stuck = false, stuck_known = false;
  bool far = false;      // clearly less than half is learnt
  bool lagging = false;  // clearly less than what 10 nearest neighbours show to be there
  bool hurt = false;     // either of the two
  bool near = false;     // as good as these neighbours
  bool shrunk = false;   // the weights' norm fell by half and more
  // The loss was higher, and so much higher that it explains all, in training than in evaluation,
  // with the weights as drawn.
  bool noisy = false, drowned = false;
  // What only steps can have done to a network that is stuck: it had learnt before; its loss is
  // clearly above what it began with and above H; a signal that it was born with has gone.
  bool lost = false, worse = false, undone = false;
  std::optional<int64_t> jump;  // the step after which the loss rose at once, and stayed up
  double jump_factor = 1;
  bool finite = true;
  double loss_rise = 1, norm_rise = 1, last_over_first = 0;
  const LayerEvidence* cut = nullptr;    // a dead layer that nothing bypasses
  const LayerEvidence* worst = nullptr;  // the largest dead share
  const LayerEvidence* fatal = nullptr;  // the layer whose death explains the standstill
  bool cut_known = false;                // does `cut` == nullptr mean that there is none?
  int64_t dead = 0, units = 0;
  std::vector<LayerMotion> motion;   // of layers with a gradient
  int64_t pulled = 0, unmoved = 0;   // of all layers
  int64_t infinite_state = 0;        // entries of the optimizer's state that are not finite
  bool state_known = false;          // has anybody looked at all of it?
  std::vector<std::string> unwired;  // parameters
  bool wiring_known = false;         // is each of the others wired?
  bool signal_vanished = false;
};
Facts facts_of(const Evidence& e);

// What makes inputs or units unfit: a clause for the text; empty: nothing.
std::string misfit(const Evidence& e);

bool half_dead(const LayerEvidence* layer);  // clearly; false for none

constexpr double kStuck = 0.1;      // P below this: hardly anything learnt
constexpr double kLearnt = 0.5;     // P from this on: learnt
constexpr double kHalf = 0.5;       // of a layer dead, or of its dead dead from birth
constexpr double kClear = 1.2;      // a deciding quantity nearer to its threshold decides nothing
constexpr double kBent = 0.25;      // share saturated at birth: the fault of the weights as drawn
constexpr double kNoSignal = 1e-3;  // standard deviation of logits: none arrives
constexpr double kSignal = 0.03;    // of these at birth: one arrives
constexpr double kExplosion = 100;  // rise of the smoothed loss or of the weights
constexpr double kBlownLoss = 10;   // last loss over the larger of first loss and H
constexpr double kConstant = 0.01;  // entropy below which labels say nothing

// What happened and what decides it, in one or two sentences; and what was not looked at.
std::string verdict_text(Verdict v, const Evidence& e, const Facts& f);

}  // namespace lively::detail
