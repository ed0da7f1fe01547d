#include "lively/nn/liveness/diagnose.h"

#include <cmath>

#include "lively/nn/liveness/rules.h"
#include "lively/nn/liveness/trend.h"

namespace lively {

namespace {

using namespace detail;

constexpr double kWell = 0.8;  // of the way from the commonest class to no error

// Those that need no copy that went on otherwise; in order, and without a word on being well.
std::vector<Verdict> faults(const Evidence& e, const Facts& f) {
  std::vector<Verdict> all;
  if (exploded(e, f)) all.push_back(Verdict::exploding);
  if (!f.finite && !exploded(e, f) && !over_regularised(e, f)) all.push_back(Verdict::poisoned);
  if (miswired(e, f)) all.push_back(Verdict::wiring);
  if (f.finite && uninformative(e, f)) all.push_back(Verdict::uninformative_labels);
  if (frozen_loss(e, f)) all.push_back(Verdict::frozen_loss);
  if (f.finite && frozen_optimizer(e, f)) all.push_back(Verdict::frozen_optimizer);
  if (f.finite && f.fatal && f.fatal->dead_from_birth && !(f.drowned && f.hurt)) {
    const bool from_birth = static_cast<double>(*f.fatal->dead_from_birth) >=
                            kHalf * static_cast<double>(f.fatal->dead);
    all.push_back(from_birth ? Verdict::born_dead : Verdict::died);
  }
  if (f.finite && vanished(e, f)) all.push_back(Verdict::vanishing);
  return all;
}

// Too good to be at fault for certain, not so good that nobody could do better.
bool unclear_worth(const Evidence& e, const Facts& f) {
  const double rest = 1 - e.held_out->majority_share;
  return !f.far && f.measured && rest > 0 &&
         e.held_out->accuracy - e.held_out->majority_share < kWell * rest;
}

// What a network that is hurt began with, where nothing that was tried tells more.
std::optional<Verdict> by_its_start(const Evidence& e, const Facts& f) {
  if (swollen(e, f)) return Verdict::exploding;
  if (f.far && faint_at_birth(e, f, kSignal)) return Verdict::vanishing;
  if (hurried(e, f)) return Verdict::slow;
  return {};
}

// Has something been found that another pace does not change? Steps that are too small to move a
// weight may be so because something scales them down.
bool explained_without(const Evidence& e, const Facts& f) {
  std::vector<Verdict> all = faults(e, f);
  if (!f.signal_vanished && !gradient_vanished(e, f) && !saturated(e, f))
    std::erase(all, Verdict::vanishing);  // by its birth alone
  if (f.infinite_state == 0) std::erase(all, Verdict::frozen_optimizer);
  return !all.empty();
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

// Who is not hurt is neither.
bool told_pace(Verdict v, const Evidence& e, const Facts& f) {
  if (!f.hurt) return f.measured || f.explained >= kLearnt;
  if (v == Verdict::starved_step)
    return e.last_step &&
           (!held_back(e) || e.loss_unscaled || e.loss_at_tenfold || starved_step(e, f));
  return e.loss_freed || over_regularised(e, f) ||
         (e.last_step && e.last_step->decay && e.late_loss);
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
    case Verdict::starved_step:
    case Verdict::over_regularised:
      return told_pace(v, e, f);
    case Verdict::oscillating:
      if (e.losses.empty()) return false;
      return !seesaws(e) || (f.stuck_known && !unsteady(e, f)) ||
             (e.late_loss && e.loss_at_rate && e.loss_at_tenth);
    case Verdict::slow:
      if (e.losses.empty()) return false;
      return (f.measured && !f.hurt) || kClear * f.explained >= kLearnt ||
             (e.late_loss && e.loss_at_tenfold);
    default:
      return false;
  }
}

}  // namespace

bool wants(Probe probe, const Evidence& e) {
  const Facts f = facts_of(e);
  if (exploded(e, f) || !f.finite || miswired(e, f)) return false;
  switch (probe) {
    case Probe::neighbours:
      if (e.neighbours || !e.held_out || uninformative(e, f)) return false;
      if (at_chance(e.held_out)) return gradients_flow(e, f);
      return unclear_worth(e, f) && faults(e, f).empty();
    case Probe::revival:
      return (f.stuck || f.hurt) && !f.cut && half_dead(f.worst) && !e.revival_cures;
    case Probe::unscaled:
      return f.hurt && !e.loss_unscaled && !explained_without(e, f);
    case Probe::freed:
      return f.hurt && !e.loss_freed && !f.shrunk && !starved_step(e, f) &&
             !explained_without(e, f);
    case Probe::lower_rate:
      return unsteady(e, f) && !oscillating(e, f) && !e.loss_at_tenth && !explained_without(e, f) &&
             !starved_step(e, f) && !over_regularised(e, f);
    case Probe::higher_rate:
      return f.hurt && !e.losses.empty() && helpful_factor(e, f) == 0 && !e.loss_at_raise &&
             !explained_without(e, f) && !starved_step(e, f) && !over_regularised(e, f) &&
             !oscillating(e, f);
  }
  return false;
}

Diagnosis diagnose(const Evidence& e) {
  const Facts f = detail::facts_of(e);
  Diagnosis d;
  if (f.measured || std::isfinite(f.explained)) d.explained = f.explained;
  d.stuck = f.stuck;
  d.all = faults(e, f);
  if (f.finite && starved_step(e, f)) d.all.push_back(Verdict::starved_step);
  if (over_regularised(e, f)) d.all.push_back(Verdict::over_regularised);
  if (f.finite && oscillating(e, f)) d.all.push_back(Verdict::oscillating);
  if (f.finite && slow(e, f)) d.all.push_back(Verdict::slow);
  for (int v = 0; v < static_cast<int>(Verdict::healthy); ++v)
    if (could_tell(static_cast<Verdict>(v), e, f)) d.looked_for.push_back(static_cast<Verdict>(v));
  // What the steps did is told by their losses at least.
  const double enough = f.near ? kLearnt / kClear : kClear * kLearnt;
  const bool well = f.explained >= enough && !e.losses.empty() && (!f.lagging || still_learns(e));
  if (d.all.empty() && f.finite)
    if (const auto start = by_its_start(e, f)) d.all.push_back(*start);
  if (d.all.empty()) d.all.push_back(well ? Verdict::healthy : Verdict::unsure);
  if (f.fatal) d.fatal = *f.fatal;
  d.verdict = d.all.front();
  d.text = detail::verdict_text(d.verdict, e, f);
  return d;
}

}  // namespace lively
