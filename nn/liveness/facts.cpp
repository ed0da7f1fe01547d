#include "lively/nn/liveness/facts.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/trend.h"

namespace lively::detail {
namespace {

constexpr double kStandstill = 0.01;  // improvement of the median loss over the last third
constexpr double kNoSignal = 1e-3;    // standard deviation of logits

// P, or the share of the way from the majority class to no error, whichever is larger: a network
// that started from huge weights classifies well while a few saturated mistakes hold its loss far
// above H. Where only one of the two was measured, it is a lower bound.
void add_explained(const Evidence& e, Facts& f) {
  f.explained = -INFINITY;
  f.measured = e.loss && !std::isfinite(*e.loss);
  if (f.measured) return;
  const bool by_loss = e.loss && e.label_entropy, by_accuracy = e.accuracy && e.majority_share;
  if (by_loss && *e.label_entropy > 0) f.explained = 1 - *e.loss / *e.label_entropy;
  if (by_accuracy) {
    const double rest = 1 - *e.majority_share;
    f.explained = std::max(f.explained, rest > 0 ? (*e.accuracy - *e.majority_share) / rest : 0);
  }
  f.measured = by_loss && by_accuracy;
}

void add_standstill(const Evidence& e, Facts& f) {
  f.stuck_known =
      f.explained >= kLearnt || (f.measured && (f.explained < kStuck || !e.losses.empty()));
  f.stuck =
      f.stuck_known &&
      (f.explained < kStuck || (f.explained < kLearnt && late_improvement(e.losses) < kStandstill));
}

// Does a shortcut lead around a layer that is dead on the whole set? Where nobody asked the
// network, its logits may tell: if they are the same for all samples the input ends somewhere, and
// if they differ it came through.
std::optional<bool> bypassed(const LayerEvidence& dead, const std::optional<double>& deviation) {
  if (dead.bypassed || !deviation) return dead.bypassed;
  if (*deviation == 0) return false;
  return *deviation > kClear * kNoSignal ? std::optional(true) : std::nullopt;
}

void count_dead(const Evidence& e, Facts& f) {
  if (!e.layers) return;
  const auto share = [](const LayerEvidence& l) {
    return static_cast<double>(l.dead) / static_cast<double>(l.units);
  };
  f.cut_known = true;
  for (const LayerEvidence& l : *e.layers) {
    f.dead += l.dead;
    f.units += l.units;
    if (l.units == 0) continue;
    if (!f.worst || share(l) > share(*f.worst)) f.worst = &l;
    if (l.dead < l.units) continue;
    const std::optional<bool> around = bypassed(l, e.output_deviation);
    f.cut_known = f.cut_known && around;
    if (!around.value_or(true) && !f.cut) f.cut = &l;
  }
}

void add_motion(const Evidence& e, Facts& f) {
  f.state_known = f.wiring_known = !e.motion.empty();
  for (const MotionEvidence& m : e.motion) {
    const std::string layer = m.name.substr(0, m.name.rfind('.'));  // "2" of "2.weight"
    if (f.motion.empty() || f.motion.back().name != layer) f.motion.push_back({layer});
    f.motion.back().pulled += m.pulled;
    f.motion.back().unmoved += m.unmoved;
    f.pulled += m.pulled;
    f.unmoved += m.unmoved;
    f.infinite_state += m.non_finite_state.value_or(0);
    f.state_known = f.state_known && m.non_finite_state;
    f.wiring_known = f.wiring_known && m.wired;
    if (!m.wired.value_or(true)) f.unwired.push_back(m.name);
  }
  std::erase_if(f.motion, [](const LayerMotion& l) { return l.pulled == 0; });
}

}  // namespace

bool half_dead(const LayerEvidence* l) {
  return l && static_cast<double>(l->dead) >= kClear * kHalf * static_cast<double>(l->units);
}

Facts facts_of(const Evidence& e) {
  Facts f;
  add_explained(e, f);
  add_standstill(e, f);
  const std::vector<double> losses = finite_part(e.losses);
  f.finite = !e.non_finite && losses.size() == e.losses.size();
  f.loss_rise = rise_at_end(e.losses);
  f.norm_rise = rise_at_end(e.weight_norms);
  if (!losses.empty())
    f.last_over_first = losses.back() / std::max(losses.front(), e.label_entropy.value_or(0));
  count_dead(e, f);
  add_motion(e, f);
  if (f.stuck && f.cut) f.fatal = f.cut;
  if (f.stuck && !f.cut && half_dead(f.worst) && e.revival_cures.value_or(false)) f.fatal = f.worst;
  f.signal_vanished = f.stuck && f.cut_known && !f.cut && e.output_deviation &&
                      kClear * *e.output_deviation < kNoSignal;
  return f;
}

}  // namespace lively::detail
