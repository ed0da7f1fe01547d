#include "lively/nn/liveness/diagnose.h"

#include <cmath>

#include "lively/nn/liveness/facts.h"
#include "lively/nn/liveness/trend.h"

namespace lively {

using detail::Facts;
using detail::half_dead;
using detail::kClear;
using detail::kHalf;
using detail::kLearnt;

namespace {

constexpr double kFrozenError = 0.05;  // share of wrong samples from which frozen_loss is asked
constexpr double kFrozenShare = 0.95;  // of wrong samples without a gradient, of parameters unmoved
constexpr int64_t kFrozenSteps = 100;
constexpr double kNoUpdate = 1e-6;     // rms update over rms weight of the first layer,
constexpr double kFadedUpdate = 1e-3;  // and the first layer's over the last's
constexpr int64_t kHeldOut = 1000;     // samples from which chance is asked
constexpr double kChance = 3;          // standard errors above the majority share
constexpr double kUnsteady = 1.5;      // last loss over its minimum, both smoothed
constexpr double kSeesaw = -0.3;       // autocorrelation of the changes of the loss
constexpr double kCut = 0.2;      // of the loss by going on at a tenth of the rate, not at the rate
constexpr double kTenfold = 0.5;  // loss after going on at ten times the rate

bool exploded(const Facts& f) {
  return f.loss_rise >= kClear * detail::kExplosion || f.norm_rise >= kClear * detail::kExplosion ||
         f.last_over_first > kClear * detail::kBlownLoss;
}

bool miswired(const Evidence& e, const Facts& f) {
  return e.constant_input.value_or(false) || !f.unwired.empty() || e.learning_rate == 0.0;
}

bool frozen_loss(const Evidence& e) {
  return e.fates && e.fates->seen > 0 &&
         static_cast<double>(e.fates->wrong) >= kFrozenError * static_cast<double>(e.fates->seen) &&
         static_cast<double>(e.fates->frozen) >= kFrozenShare * static_cast<double>(e.fates->wrong);
}

bool hardly_moves(int64_t unmoved, int64_t pulled) {
  return pulled > 0 && static_cast<double>(unmoved) >= kFrozenShare * static_cast<double>(pulled);
}

// A schedule that ends near 0 does the same to a network that has learnt, which is no fault; and
// where the last layer still moves with a state that is finite, it is the gradient that has
// vanished on its way down, not the optimizer that is frozen.
bool frozen_optimizer(const Evidence& e, const Facts& f) {
  return f.measured && f.explained < kLearnt && e.learning_rate > 0.0 &&
         e.motion_steps >= kFrozenSteps && hardly_moves(f.unmoved, f.pulled) &&
         (f.infinite_state > 0 || hardly_moves(f.motion.back().unmoved, f.motion.back().pulled));
}

// Something on the way stops the gradient.
bool gradients_stop(const Evidence& e, const Facts& f) {
  return f.cut || frozen_loss(e) || frozen_optimizer(e, f) ||
         (!e.update_ratios.empty() && !(e.update_ratios.front() >= kNoUpdate));
}

bool gradients_flow(const Evidence& e, const Facts& f) {
  return !gradients_stop(e, f) && f.cut_known && e.fates && !e.update_ratios.empty();
}

// The band of 20 % is taken of the standard errors: of the accuracy itself it would hold all of
// chance.
bool at_chance(const std::optional<HeldOut>& h) {
  if (!h || h->samples < kHeldOut) return false;
  const double error =
      std::sqrt(h->majority_share * (1 - h->majority_share) / static_cast<double>(h->samples));
  return h->accuracy <= h->majority_share + kChance / kClear * error;
}

bool constant_labels(const Evidence& e) {
  return e.label_entropy && kClear * *e.label_entropy < detail::kConstant;
}

bool uninformative(const Evidence& e, const Facts& f) {
  if (constant_labels(e)) return true;
  return gradients_flow(e, f) && at_chance(e.held_out) && at_chance(e.neighbours);
}

bool gradient_vanished(const Evidence& e, const Facts& f) {
  if (!f.stuck || f.cut || !f.cut_known || e.update_ratios.size() < 2) return false;
  const double first = e.update_ratios.front(), last = e.update_ratios.back();
  return kClear * first < kNoUpdate && kClear * first < kFadedUpdate * last;
}

// Those that need no probe of the learning rate; in order, and without a word on being well.
std::vector<Verdict> faults(const Evidence& e, const Facts& f) {
  std::vector<Verdict> all;
  if (exploded(f)) all.push_back(Verdict::exploding);
  if (!f.finite && !exploded(f)) all.push_back(Verdict::poisoned);
  if (miswired(e, f)) all.push_back(Verdict::wiring);
  if (f.finite && uninformative(e, f)) all.push_back(Verdict::uninformative_labels);
  if (frozen_loss(e)) all.push_back(Verdict::frozen_loss);
  if (f.finite && frozen_optimizer(e, f)) all.push_back(Verdict::frozen_optimizer);
  if (f.finite && f.fatal && f.fatal->dead_from_birth) {
    const bool from_birth = static_cast<double>(*f.fatal->dead_from_birth) >=
                            kHalf * static_cast<double>(f.fatal->dead);
    all.push_back(from_birth ? Verdict::born_dead : Verdict::died);
  }
  if (f.finite && (f.signal_vanished || gradient_vanished(e, f))) all.push_back(Verdict::vanishing);
  return all;
}

bool far_from_learnt(const Facts& f) { return f.measured && kClear * f.explained < kLearnt; }

bool seesaws(const Evidence& e) {
  return detail::change_autocorrelation(e.losses) < kClear * kSeesaw;
}

bool unsteady(const Evidence& e, const Facts& f) {
  return (far_from_learnt(f) || f.loss_rise >= kClear * kUnsteady) && seesaws(e);
}

bool oscillating(const Evidence& e, const Facts& f) {
  return unsteady(e, f) && e.late_loss && e.loss_at_rate && e.loss_at_tenth &&
         *e.loss_at_tenth <= (1 - kClear * kCut) * *e.late_loss &&
         *e.loss_at_rate > (1 - kCut / kClear) * *e.late_loss;
}

bool creeping(const Evidence& e, const Facts& f) {
  return far_from_learnt(f) && detail::falls(e.losses);
}

bool slow(const Evidence& e, const Facts& f) {
  return creeping(e, f) && e.late_loss && e.loss_at_tenfold &&
         kClear * *e.loss_at_tenfold <= kTenfold * *e.late_loss;
}

bool compared_labels(const Evidence& e, const Facts& f) {
  if (f.explained >= kLearnt || constant_labels(e)) return true;
  if (!e.update_ratios.empty() && gradients_stop(e, f)) return true;
  return e.held_out && e.held_out->samples >= kHeldOut && (!at_chance(e.held_out) || e.neighbours);
}

bool told_frozen_optimizer(const Evidence& e, const Facts& f) {
  if (f.explained >= kLearnt) return true;
  if (!f.measured || !e.learning_rate || e.motion_steps < kFrozenSteps) return false;
  return f.state_known || !hardly_moves(f.unmoved, f.pulled) || frozen_optimizer(e, f);
}

bool told_deaths(const Evidence& e, const Facts& f) {
  if (!e.layers) return false;
  if (!half_dead(f.worst)) return true;
  if (!f.stuck_known) return false;
  if (f.fatal) return f.fatal->dead_from_birth.has_value();
  return !f.stuck || e.revival_cures;
}

bool told_vanishing(const Evidence& e, const Facts& f) {
  if (f.cut || (f.stuck_known && !f.stuck)) return true;
  if (!f.stuck_known || !f.cut_known) return false;
  return f.signal_vanished || (e.output_deviation && e.update_ratios.size() >= 2);
}

// Could the rule have held on this evidence, or be ruled out by it?
bool could_tell(Verdict v, const Evidence& e, const Facts& f) {
  switch (v) {
    case Verdict::exploding:
    case Verdict::poisoned:
      return !e.losses.empty() || e.non_finite;
    case Verdict::wiring:
      return miswired(e, f) || (e.constant_input && e.learning_rate && f.wiring_known);
    case Verdict::frozen_loss:
      return e.fates && e.fates->seen > 0;
    default:
      break;
  }
  if (!f.finite) return false;
  switch (v) {
    case Verdict::uninformative_labels:
      return compared_labels(e, f);
    case Verdict::frozen_optimizer:
      return told_frozen_optimizer(e, f);
    case Verdict::born_dead:
    case Verdict::died:
      return told_deaths(e, f);
    case Verdict::vanishing:
      return told_vanishing(e, f);
    case Verdict::oscillating:
      if (e.losses.empty()) return false;
      return !seesaws(e) || (f.stuck_known && !unsteady(e, f)) ||
             (e.late_loss && e.loss_at_rate && e.loss_at_tenth);
    case Verdict::slow:
      if (e.losses.empty()) return false;
      return !detail::falls(e.losses) || kClear * f.explained >= kLearnt ||
             (e.late_loss && e.loss_at_tenfold);
    default:
      return false;
  }
}

}  // namespace

bool wants(Probe probe, const Evidence& e) {
  const Facts f = detail::facts_of(e);
  if (exploded(f) || !f.finite || miswired(e, f)) return false;
  if (probe == Probe::neighbours)
    return at_chance(e.held_out) && gradients_flow(e, f) && !e.neighbours && !uninformative(e, f);
  if (probe == Probe::revival) return f.stuck && !f.cut && half_dead(f.worst) && !e.revival_cures;
  if (!faults(e, f).empty()) return false;
  if (probe == Probe::lower_rate) return unsteady(e, f) && !e.loss_at_tenth;
  return creeping(e, f) && !oscillating(e, f) && !e.loss_at_tenfold;
}

Diagnosis diagnose(const Evidence& e) {
  const Facts f = detail::facts_of(e);
  Diagnosis d;
  if (f.measured || std::isfinite(f.explained)) d.explained = f.explained;
  d.stuck = f.stuck;
  d.all = faults(e, f);
  if (f.finite && oscillating(e, f)) d.all.push_back(Verdict::oscillating);
  if (f.finite && slow(e, f)) d.all.push_back(Verdict::slow);
  for (int v = 0; v < static_cast<int>(Verdict::healthy); ++v)
    if (could_tell(static_cast<Verdict>(v), e, f)) d.looked_for.push_back(static_cast<Verdict>(v));
  // What the steps did is told by their losses at least.
  const bool well = f.explained >= kClear * kLearnt && !e.losses.empty();
  if (d.all.empty()) d.all.push_back(well ? Verdict::healthy : Verdict::unsure);
  if (f.fatal) d.fatal = *f.fatal;
  d.verdict = d.all.front();
  d.text = detail::verdict_text(d.verdict, e, f);
  return d;
}

}  // namespace lively
