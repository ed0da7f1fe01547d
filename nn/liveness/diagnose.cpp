#include "lively/nn/liveness/diagnose.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/facts.h"
#include "lively/nn/liveness/trend.h"

namespace lively {

using detail::Facts;

namespace {

constexpr double kStuck = 0.1;         // P below this: hardly anything learnt
constexpr double kLearnt = 0.5;        // P from this on: learnt
constexpr double kStandstill = 0.01;   // improvement of the median loss over the last third
constexpr double kFrozenError = 0.05;  // share of wrong samples from which frozen_loss is asked
constexpr double kFrozenShare = 0.95;  // of wrong samples without a gradient, of parameters unmoved
constexpr int64_t kFrozenSteps = 100;
constexpr double kHalf = 0.5;          // of a layer dead, or of its dead dead from birth
constexpr double kNoSignal = 1e-3;     // standard deviation of logits
constexpr double kNoUpdate = 1e-6;     // rms update over rms weight of the first layer,
constexpr double kFadedUpdate = 1e-3;  // and the first layer's over the last's
constexpr int64_t kHeldOut = 1000;     // samples from which chance is asked
constexpr double kChance = 3;          // standard errors above the majority share
constexpr double kUnsteady = 1.5;      // last loss over its minimum, both smoothed
constexpr double kSeesaw = -0.3;       // autocorrelation of the changes of the loss
constexpr double kCut = 0.2;      // of the loss by going on at a tenth of the rate, not at the rate
constexpr double kTenfold = 0.5;  // loss after going on at ten times the rate

// A deciding quantity nearer to its threshold than this decides nothing.
constexpr double kClear = 1.2;

// P, or the share of the way from the majority class to no error, whichever is larger: a network
// that started from huge weights classifies well while a few saturated mistakes hold its loss far
// above H.
double explained_share(const Evidence& e) {
  const double by_loss =
      e.label_entropy > 0 && std::isfinite(e.loss) ? 1 - e.loss / e.label_entropy : -INFINITY;
  const double by_accuracy =
      e.majority_share < 1 ? (e.accuracy - e.majority_share) / (1 - e.majority_share) : 0;
  return std::isfinite(e.loss) ? std::max(by_loss, by_accuracy) : by_loss;
}

bool half_dead(const LayerEvidence* l) {
  return l && static_cast<double>(l->dead) >= kClear * kHalf * static_cast<double>(l->units);
}

void count_dead(const Evidence& e, Facts& f) {
  const auto share = [](const LayerEvidence& l) {
    return static_cast<double>(l.dead) / static_cast<double>(l.units);
  };
  for (const LayerEvidence& l : e.layers) {
    f.dead += l.dead;
    f.units += l.units;
    if (l.units == 0) continue;
    if (!f.worst || share(l) > share(*f.worst)) f.worst = &l;
    if (!l.bypassed && l.dead == l.units && !f.cut) f.cut = &l;
  }
}

void add_motion(const Evidence& e, Facts& f) {
  for (const MotionEvidence& m : e.motion) {
    const std::string layer = m.name.substr(0, m.name.rfind('.'));  // "2" of "2.weight"
    if (f.motion.empty() || f.motion.back().name != layer) f.motion.push_back({layer});
    f.motion.back().pulled += m.pulled;
    f.motion.back().unmoved += m.unmoved;
    f.pulled += m.pulled;
    f.unmoved += m.unmoved;
    f.infinite_state += m.non_finite_state;
    if (!m.wired) f.unwired.push_back(m.name);
  }
  std::erase_if(f.motion, [](const detail::LayerMotion& l) { return l.pulled == 0; });
}

Facts facts_of(const Evidence& e) {
  Facts f;
  f.explained = explained_share(e);
  f.stuck = f.explained < kStuck ||
            (f.explained < kLearnt && detail::late_improvement(e.losses) < kStandstill);
  f.loss_rise = detail::rise_at_end(e.losses);
  f.norm_rise = detail::rise_at_end(e.weight_norms);
  const std::vector<double> losses = detail::finite_part(e.losses);
  if (!losses.empty())
    f.last_over_first = losses.back() / std::max(losses.front(), e.label_entropy);
  count_dead(e, f);
  add_motion(e, f);
  if (f.stuck && f.cut) f.fatal = f.cut;
  if (f.stuck && !f.cut && half_dead(f.worst) && e.revival_cures.value_or(false)) f.fatal = f.worst;
  f.signal_vanished = f.stuck && !f.cut && kClear * e.output_deviation < kNoSignal;
  return f;
}

bool exploded(const Facts& f) {
  return f.loss_rise >= kClear * detail::kExplosion || f.norm_rise >= kClear * detail::kExplosion ||
         f.last_over_first > kClear * detail::kBlownLoss;
}

bool miswired(const Evidence& e, const Facts& f) {
  return e.constant_input || !f.unwired.empty() || e.learning_rate == 0;
}

bool frozen_loss(const Evidence& e) {
  return e.samples_seen > 0 &&
         static_cast<double>(e.wrong) >= kFrozenError * static_cast<double>(e.samples_seen) &&
         static_cast<double>(e.wrong_frozen) >= kFrozenShare * static_cast<double>(e.wrong);
}

// A schedule that ends near 0 does the same to a network that has learnt, which is no fault; and
// where the last layer still moves with a state that is finite, it is the gradient that has
// vanished on its way down, not the optimizer that is frozen.
bool frozen_optimizer(const Evidence& e, const Facts& f) {
  const auto frozen = [](int64_t unmoved, int64_t pulled) {
    return pulled > 0 && static_cast<double>(unmoved) >= kFrozenShare * static_cast<double>(pulled);
  };
  return f.explained < kLearnt && e.learning_rate > 0 && e.motion_steps >= kFrozenSteps &&
         frozen(f.unmoved, f.pulled) &&
         (f.infinite_state > 0 || frozen(f.motion.back().unmoved, f.motion.back().pulled));
}

bool gradients_flow(const Evidence& e, const Facts& f) {
  return !f.cut && !frozen_loss(e) && !frozen_optimizer(e, f) && !e.update_ratios.empty() &&
         e.update_ratios.front() >= kNoUpdate;
}

// The band of 20 % is taken of the standard errors: of the accuracy itself it would hold all of
// chance.
bool at_chance(const HeldOut& h) {
  if (h.samples < kHeldOut) return false;
  const double error =
      std::sqrt(h.majority_share * (1 - h.majority_share) / static_cast<double>(h.samples));
  return h.accuracy <= h.majority_share + kChance / kClear * error;
}

bool uninformative(const Evidence& e, const Facts& f) {
  if (kClear * e.label_entropy < detail::kConstant) return true;
  return gradients_flow(e, f) && at_chance(e.held_out) && e.neighbours && at_chance(*e.neighbours);
}

bool gradient_vanished(const Evidence& e, const Facts& f) {
  if (!f.stuck || f.cut || e.update_ratios.size() < 2) return false;
  const double first = e.update_ratios.front(), last = e.update_ratios.back();
  return kClear * first < kNoUpdate && kClear * first < kFadedUpdate * last;
}

// Those that need no probe of the learning rate; in order, and without a word on being well.
std::vector<Verdict> faults(const Evidence& e, const Facts& f) {
  std::vector<Verdict> all;
  const bool finite = !e.non_finite;
  if (exploded(f)) all.push_back(Verdict::exploding);
  if (!finite && !exploded(f)) all.push_back(Verdict::poisoned);
  if (miswired(e, f)) all.push_back(Verdict::wiring);
  if (finite && uninformative(e, f)) all.push_back(Verdict::uninformative_labels);
  if (frozen_loss(e)) all.push_back(Verdict::frozen_loss);
  if (finite && frozen_optimizer(e, f)) all.push_back(Verdict::frozen_optimizer);
  if (finite && f.fatal && e.birth_known) {
    const bool from_birth =
        static_cast<double>(f.fatal->dead_from_birth) >= kHalf * static_cast<double>(f.fatal->dead);
    all.push_back(from_birth ? Verdict::born_dead : Verdict::died);
  }
  if (finite && (f.signal_vanished || gradient_vanished(e, f))) all.push_back(Verdict::vanishing);
  return all;
}

bool unsteady(const Evidence& e, const Facts& f) {
  return (kClear * f.explained < kLearnt || f.loss_rise >= kClear * kUnsteady) &&
         detail::change_autocorrelation(e.losses) < kClear * kSeesaw;
}

bool oscillating(const Evidence& e, const Facts& f) {
  return unsteady(e, f) && e.loss_at_rate && e.loss_at_tenth &&
         *e.loss_at_tenth <= (1 - kClear * kCut) * e.late_loss &&
         *e.loss_at_rate > (1 - kCut / kClear) * e.late_loss;
}

bool creeping(const Evidence& e, const Facts& f) {
  return kClear * f.explained < kLearnt && detail::falls(e.losses);
}

bool slow(const Evidence& e, const Facts& f) {
  return creeping(e, f) && e.loss_at_tenfold &&
         kClear * *e.loss_at_tenfold <= kTenfold * e.late_loss;
}

bool compared_labels(const Evidence& e, const Facts& f) {
  if (f.explained >= kLearnt || kClear * e.label_entropy < detail::kConstant) return true;
  if (!e.update_ratios.empty() && !gradients_flow(e, f)) return true;
  return e.held_out.samples >= kHeldOut && (!at_chance(e.held_out) || e.neighbours);
}

// Could the rule have held on this evidence, or be ruled out by it?
bool could_tell(Verdict v, const Evidence& e, const Facts& f) {
  switch (v) {
    case Verdict::exploding:
    case Verdict::poisoned:
    case Verdict::wiring:
      return true;
    case Verdict::frozen_loss:
      return e.samples_seen > 0;
    default:
      break;
  }
  if (e.non_finite) return false;
  switch (v) {
    case Verdict::uninformative_labels:
      return compared_labels(e, f);
    case Verdict::frozen_optimizer:
      return f.explained >= kLearnt || e.motion_steps >= kFrozenSteps;
    case Verdict::born_dead:
    case Verdict::died:
      return !e.layers.empty() && (e.birth_known || !f.fatal) &&
             (!f.stuck || f.cut || !half_dead(f.worst) || e.revival_cures);
    case Verdict::vanishing:
      return !f.stuck || f.cut || f.signal_vanished || e.update_ratios.size() >= 2;
    case Verdict::oscillating:
      return !unsteady(e, f) || (e.loss_at_rate && e.loss_at_tenth);
    case Verdict::slow:
      return !creeping(e, f) || e.loss_at_tenfold;
    default:
      return false;
  }
}

}  // namespace

bool wants(Probe probe, const Evidence& e) {
  const Facts f = facts_of(e);
  if (exploded(f) || e.non_finite || miswired(e, f)) return false;
  if (probe == Probe::neighbours)
    return at_chance(e.held_out) && gradients_flow(e, f) && !e.neighbours && !uninformative(e, f);
  if (probe == Probe::revival) return f.stuck && !f.cut && half_dead(f.worst) && !e.revival_cures;
  if (!faults(e, f).empty()) return false;
  if (probe == Probe::lower_rate) return unsteady(e, f) && !e.loss_at_tenth;
  return creeping(e, f) && !oscillating(e, f) && !e.loss_at_tenfold;
}

Diagnosis diagnose(const Evidence& e) {
  const Facts f = facts_of(e);
  Diagnosis d;
  d.explained = f.explained;
  d.stuck = f.stuck;
  d.all = faults(e, f);
  if (!e.non_finite && oscillating(e, f)) d.all.push_back(Verdict::oscillating);
  if (!e.non_finite && slow(e, f)) d.all.push_back(Verdict::slow);
  if (d.all.empty())
    d.all.push_back(f.explained >= kClear * kLearnt ? Verdict::healthy : Verdict::unsure);
  for (int v = 0; v < static_cast<int>(Verdict::healthy); ++v)
    if (could_tell(static_cast<Verdict>(v), e, f)) d.looked_for.push_back(static_cast<Verdict>(v));
  if (f.fatal) d.fatal = *f.fatal;
  d.verdict = d.all.front();
  d.text = detail::verdict_text(d.verdict, e, f);
  return d;
}

}  // namespace lively
