#include "lively/nn/liveness/facts.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/trend.h"
#include "lively/nn/liveness/wording.h"

namespace lively::detail {
namespace {

constexpr double kStandstill = 0.01;    // improvement of the median loss over the last third
constexpr double kNear = 0.8;           // of the way that neighbours go from the commonest class up
constexpr double kSure = 3;             // standard errors
constexpr double kShrunk = 0.5;         // last norm of the weights over the first
constexpr double kLowPoint = 0.8;       // a loss over H at which something had been learnt
constexpr double kNoisy = 2;            // first loss in training over that in evaluation, at birth
constexpr double kDrowned = 4;          // the same, where nothing else can matter
constexpr double kWorse = 1.25;         // late loss over the larger of first loss and H
constexpr double kGrown = 2;            // saturated at the end, over at birth
constexpr double kRectified = 0.05;     // share of outputs that are exactly 0, with none below
constexpr double kOutlyingSample = 20;  // largest sample over the median one
constexpr double kColumns = 100;        // largest deviation of a feature over the median one
constexpr double kUnscaled = 8;         // size of the inputs
constexpr int64_t kAsked = 200;         // samples held out from which neighbours are a measure

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

// Is the network as good on samples held out as 10 nearest neighbours, or clearly worse?
void compare(const Evidence& e, Facts& f) {
  f.far = f.measured && kClear * f.explained < kLearnt;
  if (e.held_out && e.neighbours && e.held_out->samples >= kAsked) {
    const HeldOut &own = *e.held_out, &other = *e.neighbours;
    const double way = own.accuracy - own.majority_share,
                 whole = other.accuracy - other.majority_share;
    const auto variance = [](const HeldOut& h) {
      return h.accuracy * (1 - h.accuracy) / static_cast<double>(h.samples);
    };
    const double sure = kSure * std::sqrt(variance(own) + variance(other));
    f.lagging = way < kNear * whole && other.accuracy - own.accuracy > sure;
    f.near = !f.lagging && whole > sure;
  }
  f.hurt = f.far || f.lagging;
}

void add_course(const Evidence& e, Facts& f, const std::vector<double>& losses) {
  const std::vector<double> norms = finite_part(e.weight_norms);
  const double h = e.label_entropy.value_or(1);
  if (e.birth_loss && *e.birth_loss < kBlownLoss * h && !e.losses.empty()) {
    f.noisy = !(e.losses.front() < kClear * kNoisy * *e.birth_loss);
    f.drowned = !(e.losses.front() < kClear * kDrowned * *e.birth_loss);
  }
  f.shrunk = e.birth_deviation.value_or(1) >= kNoSignal && norms.size() > 2 &&
             kClear * norms.back() < kShrunk * norms.front();
  if (const auto jump = largest_jump(losses)) f.jump = jump->step, f.jump_factor = jump->factor;
  if (!f.stuck || f.shrunk || f.noisy || losses.empty() || !e.label_entropy) return;
  const double late = *late_loss(losses);
  const bool bent_from_birth = e.birth_saturated > kBent;
  f.lost = f.loss_rise > 1 && late / f.loss_rise < kLowPoint * h && late > h / kClear;
  f.worse = late > kWorse * std::max(losses.front(), h) && losses.front() < kBlownLoss * h &&
            !bent_from_birth;
  const bool gone =
      e.output_deviation.value_or(1) < kNoSignal && e.birth_deviation > kClear * kSignal;
  const bool bent = e.saturated && e.birth_saturated && *e.saturated > kHalf &&
                    *e.saturated > kGrown * *e.birth_saturated;
  f.undone = ((gone && f.cut_known && !f.cut) || bent) && !bent_from_birth;
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

std::string misfit(const Evidence& e) {
  if (e.outputs && e.outputs->lowest >= 0 && e.outputs->zeros >= kClear * kRectified)
    return print(
        "no output is below 0 and %.0f %% are exactly 0, as of a rectifier right before "
        "the loss, which no gradient passes where it is 0",
        100 * e.outputs->zeros);
  if (e.copied_layer && !e.copied_layer->empty())
    return print(
        "all units of %s have the same weights, as a constant initialiser gives them: "
        "they stay copies of each other",
        e.titles.of(*e.copied_layer).c_str());
  if (!e.inputs) return "";
  if (e.inputs->outlier >= kClear * kOutlyingSample)
    return print("the largest sample is %.3g times as large as the median one", e.inputs->outlier);
  if (e.inputs->columns >= kClear * kColumns)
    return print("one feature varies %.3g times as much as the median one: scale each for itself",
        e.inputs->columns);
  if (e.inputs->rms >= kClear * kUnscaled)
    return print(
        "the inputs are not scaled: their size is %.3g, and weights are drawn for one of "
        "about 1 (pictures of 0 to 255 are to be divided by 255)",
        e.inputs->rms);
  return "";
}

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
  compare(e, f);
  add_course(e, f, losses);
  if (f.stuck && f.cut) f.fatal = f.cut;
  const bool hindered = f.stuck || f.hurt;
  if (hindered && !f.cut && half_dead(f.worst) && e.revival_cures.value_or(false))
    f.fatal = f.worst;
  f.signal_vanished = f.stuck && f.cut_known && !f.cut && e.output_deviation &&
                      kClear * *e.output_deviation < kNoSignal &&
                      !(e.birth_deviation > kClear * kSignal);
  return f;
}

}  // namespace lively::detail
