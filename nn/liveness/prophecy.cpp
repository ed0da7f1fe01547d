#include "lively/nn/liveness/prophecy.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "lively/nn/liveness/glance.h"
#include "lively/tensor/error.h"

namespace lively {
namespace {

constexpr int64_t kReplay = 400;       // steps after which 0.9^k, Adam's beta1, has left nothing
constexpr int64_t kMostReplay = 4000;  // 0.99^k
constexpr int64_t kReplayOpen = 200;   // where no theorem waits at the end
constexpr int kLooks = 3;              // each is a pass over the inputs
constexpr int64_t kPathSteps = 1'000'000;
constexpr double kHalfUlp = 0x1p-24;  // half a unit in the last place of a float32

// What can be told of a unit before its inputs are looked at.
struct Plan {
  Motion motion = Motion::still;
  Ground ground = Ground::still;
  bool awaits = false;  // the decays differ: a threshold on the factor c decides
  // Else it goes along p + s · direction, s from 0 to reach.
  std::vector<float> direction;
  double reach = 0;
  bool settled = true;  // is the end of that path known to be the end?
};

// sgd with the same decay on all: with a_k = own, b_k = -residue of SgdPath, z_k = a_k (z - b_k/a_k
// q) for q the pre-activation that the momentum alone would have. b/a grows to a limit, so the
// ratio decides.
void plan_sgd(Plan& plan, const UnitRow& unit, const Outlook& o) {
  plan.ground = Ground::heavy_ball;
  SgdPath path(*o.law, o.law->rates[0]);
  const int64_t steps = o.steps_to_come && o.law->factor ? o.steps_to_come : kPathSteps;
  double fresh = 1;  // share of the momentum that is left
  for (int64_t k = 1; k <= steps && fresh > 1e-14; ++k) {
    path.advance(o.taken + k);
    fresh *= o.law->momentum();
    if (path.own() <= 0) plan.settled = false;  // it overshoots 0: signs may change
    plan.reach = std::max(plan.reach, -path.residue() / path.own());
  }
  plan.direction.resize(unit.residue.size());
  std::ranges::transform(unit.residue, plan.direction.begin(), [](float v) { return -v; });
}

std::unique_ptr<RowReplay> replay_of(const UnitRow& unit) {
  if (!unit.replay)
    fail<ValueError>("prophesy: a unit row without a replay that moves under its law");
  return unit.replay();
}

void advance(RowReplay& row, const Outlook& o, int64_t k) {
  row.advance(o.law->factor_at(o.taken + k));
}

std::vector<float> way(std::span<const float> to, std::span<const float> from) {
  std::vector<float> difference(to.size());
  std::ranges::transform(to, from, difference.begin(), std::minus());
  return difference;
}

// Computes the unit alone, ahead; where it ends gives the direction.
void plan_replay(Plan& plan, const UnitRow& unit, const Outlook& o, double rate) {
  plan.ground = Ground::replayed;
  // What is left when the residue is gone: nothing, or a decay that turns no sign.
  const bool fades = o.law->decay_shrinks && rate * o.law->rates[0].weight_decay < 1;
  const bool ends = o.law->alike() && (fades || !o.law->decays());
  const int64_t steps = ends ? kReplay : kReplayOpen;
  Motion now = plan.motion;
  const auto row = replay_of(unit);
  for (int64_t k = 1; k <= steps && now == Motion::moves; ++k) {
    advance(*row, o, k);
    if (k % 10 == 0) now = motion_of(row->row(), *o.law, rate);
  }
  plan.settled = ends;
  plan.reach = 1;
  plan.direction = way(row->values(), unit.values);
}

Plan plan_for(const UnitRow& unit, const Outlook& o, double rate) {
  Plan plan;
  plan.motion = motion_of(unit, *o.law, rate);
  if (plan.motion == Motion::still) return plan;
  if (plan.motion == Motion::fades) {
    plan.ground = Ground::fading;
    return plan;
  }
  const auto none = [](float v) { return v == 0; };
  if (o.law->momentum() > 0 && o.law->alike()) {
    plan_sgd(plan, unit, o);
  } else if (!o.law->alike() && o.law->one_rate() && o.law->decay_shrinks &&
             std::ranges::all_of(unit.residue, none)) {
    plan.ground = Ground::decay_of_weights;
    plan.awaits = true;
  } else {
    plan_replay(plan, unit, o, rate);
  }
  return plan;
}

// The first of the unit's own steps to come after which it fires on x; -1: none of the first
// `steps`.
int64_t first_firing(
    const UnitRow& unit, const Outlook& o, const std::vector<float>& x, int64_t steps) {
  const auto row = replay_of(unit);
  for (int64_t k = 1; k <= steps; ++k) {
    advance(*row, o, k);
    if (detail::fire(row->values(), unit.has_bias, x).z > 0) return k;
  }
  return -1;
}

Prophecy wakes(int64_t step, int64_t sample, Ground ground) {
  return {Fate::wakes_at, ground, step, sample};
}
Prophecy open(Ground ground) { return {Fate::open, ground}; }

// Decay on weights and bias apart, and no momentum yet: z_k = f_k w·x + g_k b, and f / g goes to 0
// or grows.
Prophecy by_decay(
    const UnitRow& unit, const detail::Glance& seen, const Outlook& o, double margin) {
  const double bias = unit.has_bias ? unit.values.back() : 0, highest = seen.highest.z,
               drive = highest - bias;
  const UpdateLaw::Rates of_weights = o.law->rates.front(), of_bias = o.law->rates.back();
  const bool shrinks = of_weights.weight_decay > of_bias.weight_decay;
  const double target = shrinks ? bias : drive;  // what is left in the end, up to its size
  if (target <= 0) return {Fate::moves_cannot_wake, Ground::decay_of_weights};
  if (highest > -margin) return open(Ground::borderline);
  // The factor is the same for all samples, so the one that is highest now comes first.
  double f = 1, g = 1;
  SgdPath weights(*o.law, of_weights), biases(*o.law, of_bias);
  int64_t k = 0;
  for (; k < kPathSteps && f * drive + g * bias <= 0; ++k) {
    const int64_t step = o.taken + k + 1;
    if (o.law->heavy_ball) {
      weights.advance(step), biases.advance(step);
      f = weights.own(), g = biases.own();
    } else {
      const double rate = of_weights.lr * o.law->factor_at(step);
      f *= 1 - rate * of_weights.weight_decay;
      g *= 1 - rate * of_bias.weight_decay;
    }
    if (f <= 0 || g <= 0) return open(Ground::no_theorem);  // overshoots
  }
  if (k == kPathSteps) return open(Ground::no_theorem);
  // Then bit by bit, which makes it right to the step.
  k = first_firing(unit, o, seen.highest.input, k + k / 16 + 16);
  return k > 0 ? wakes(o.taken + k, seen.highest.sample, Ground::decay_of_weights)
               : open(Ground::borderline);
}

Prophecy conclude(const UnitRow& unit, const Plan& plan, const detail::Glance& seen,
    const Outlook& o, double rate) {
  if (!std::isfinite(seen.highest.z)) return open(Ground::not_finite);
  const double rounding =
      static_cast<double>(unit.values.size() + 2) * kHalfUlp * seen.highest.size;
  if (seen.highest.z > rounding) return open(Ground::fires_elsewhere);
  if (seen.highest.z > -rounding) return open(Ground::borderline);
  if (plan.motion == Motion::still) return {Fate::cannot_move, Ground::still};
  // A decay rounds each parameter by itself: by a share of 2^-24 a step, up to what a step takes.
  const double decay =
      std::ranges::max(o.law->rates, {}, &UpdateLaw::Rates::weight_decay).weight_decay;
  const double per_step = rate * decay;
  double drift = per_step > 0 ? kHalfUlp / per_step : 0;
  if (o.steps_to_come) drift = std::min(drift, kHalfUlp * static_cast<double>(o.steps_to_come));
  const double margin = rounding + drift * seen.highest.size;
  if (plan.awaits) return by_decay(unit, seen, o, rounding);
  if (plan.motion == Motion::fades)
    return seen.highest.z > -margin ? open(Ground::borderline)
                                    : Prophecy{Fate::moves_cannot_wake, Ground::fading};
  if (!plan.settled && plan.ground == Ground::heavy_ball) return open(Ground::no_theorem);
  const auto& soonest = seen.soonest;
  // z at the end of the path; the steps to it round as well.
  const double gap = soonest.sample < 0 ? -HUGE_VAL : (plan.reach - soonest.ratio) * soonest.slope;
  if (std::abs(gap) <= margin + 200 * kHalfUlp * soonest.size) return open(Ground::borderline);
  if (gap > 0) {
    const int64_t k = first_firing(unit, o, soonest.input, kMostReplay);
    if (k > 0) return wakes(o.taken + k, soonest.sample, plan.ground);
    return open(plan.settled ? Ground::borderline : Ground::no_theorem);
  }
  if (!plan.settled) return open(Ground::no_theorem);
  if (seen.highest.z > -margin) return open(Ground::borderline);
  return {Fate::moves_cannot_wake, plan.ground};
}

// Where no theorem says that the path is straight, another input may fire the unit before the one
// that the straight line gave: looks at the path up to there. Returns those that do, to be looked
// at once more.
std::vector<std::size_t> look_again(std::vector<Prophecy>& all, const std::vector<UnitRow>& units,
    const std::vector<std::size_t>& places, const Outlook& o) {
  std::vector<detail::Path> paths;
  for (const std::size_t i : places) {
    const auto row = replay_of(units[i]);
    for (int64_t k = 1; o.taken + k < all[i].wakes_at; ++k) advance(*row, o, k);
    paths.push_back({&units[i], way(row->values(), units[i].values)});
  }
  const std::vector<detail::Glance> seen = detail::glance(paths, o.inputs, {});
  std::vector<std::size_t> earlier;
  for (std::size_t k = 0; k < paths.size(); ++k) {
    Prophecy& p = all[places[k]];
    if (seen[k].soonest.sample < 0 || seen[k].soonest.ratio >= 1) continue;
    const int64_t step =
        first_firing(units[places[k]], o, seen[k].soonest.input, p.wakes_at - o.taken - 1);
    if (step < 0) continue;
    p.wakes_at = o.taken + step;
    p.sample = seen[k].soonest.sample;
    earlier.push_back(places[k]);
  }
  return earlier;
}

}  // namespace

const char* name(Fate fate) {
  constexpr const char* kNames[] = {
      "cannot_move", "moves_cannot_wake", "wakes_at", "only_if_upstream_moves", "open"};
  return kNames[static_cast<std::size_t>(fate)];
}

const char* name(Ground ground) {
  constexpr const char* kNames[] = {"still", "fading", "decay_of_weights", "heavy_ball", "replayed",
      "dead_cut", "norm_bound", "not_finite", "fires_elsewhere", "borderline", "residue_and_inputs",
      "normalised", "shortcut", "no_theorem", "no_law"};
  return kNames[static_cast<std::size_t>(ground)];
}

std::string text(const Prophecy& p) {
  constexpr const char* kWhy[] = {"its gradient is exactly 0 and nothing is left of older ones",
      "decay shrinks weights and bias alike, so every pre-activation keeps its sign",
      "decay shrinks weights and bias by different factors",
      "momentum carries it along a straight line to a limit", "its next steps were computed ahead",
      "the dead layer above lets no gradient through, so all below stands still",
      "beta <= -|gamma| sqrt(n - 1): no batch can lift it", "its parameters are not finite",
      "it fires on another input that can occur in training",
      "it is nearer to firing than rounding can tell",
      "older gradients or a decay still move it, and its inputs move too",
      "it is normalised, so what it sees depends on the batch", "a shortcut adds to what it sees",
      "no theorem covers this; it does not fire in the steps computed ahead",
      "its optimizer does not state how it moves a parameter whose gradient is 0"};
  const std::string why = kWhy[static_cast<std::size_t>(p.ground)];
  switch (p.fate) {
    case Fate::cannot_move:
      return "cannot move: " + why;
    case Fate::moves_cannot_wake:
      return "moves but cannot wake: " + why;
    case Fate::wakes_at:
      return message("wakes at step ", p.wakes_at, ": ", why);
    case Fate::only_if_upstream_moves:
      return "wakes only if a layer below moves: " + why;
    case Fate::open:
      break;
  }
  return "open: " + why;
}

std::vector<Prophecy> prophesy(const std::vector<UnitRow>& units, const Outlook& o) {
  std::vector<Prophecy> all(units.size(), open(Ground::no_law));
  if (!o.law) return all;
  const double rate = largest_rate(*o.law, o.taken, o.steps_to_come);
  std::vector<Plan> plans(units.size());
  std::vector<detail::Path> paths;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const UnitRow& unit = units[i];
    const auto finite = [](const auto& row) {
      return std::ranges::all_of(row, [](auto v) { return std::isfinite(v); });
    };
    if (!finite(unit.values) || !finite(unit.residue) || !finite(unit.reach)) {
      all[i] = open(Ground::not_finite);
      continue;
    }
    Plan& plan = plans[i];
    if (!o.inputs || o.dropout) {
      plan.motion = motion_of(unit, *o.law, rate);
      plan.ground = plan.motion == Motion::still ? Ground::still : Ground::fading;
      if (plan.motion == Motion::moves) {
        all[i] = open(Ground::residue_and_inputs);
      } else if (!o.inputs) {
        all[i] = {Fate::only_if_upstream_moves, plan.ground};
      }
      if (plan.motion == Motion::moves || !o.inputs) continue;
    } else {
      plan = plan_for(unit, o, rate);
    }
    paths.push_back({&unit, plan.direction});
    places.push_back(i);
  }
  if (paths.empty()) return all;
  const std::vector<detail::Glance> seen = detail::glance(paths, o.inputs, o.dropout);
  for (std::size_t k = 0; k < paths.size(); ++k)
    all[places[k]] = conclude(units[places[k]], plans[places[k]], seen[k], o, rate);
  std::vector<std::size_t> unsure;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (all[i].fate == Fate::wakes_at && !plans[i].settled) unsure.push_back(i);
  for (int pass = 0; pass < kLooks && !unsure.empty(); ++pass)
    unsure = look_again(all, units, unsure, o);
  for (const std::size_t i : unsure) all[i] = open(Ground::no_theorem);
  return all;
}

Prophecy prophesy_normalised(
    const UnitRow& row, double gamma, double beta, int64_t n, const UpdateLaw& law, double rate) {
  const double bound =
      std::abs(gamma) * std::sqrt(static_cast<double>(std::max<int64_t>(n, 1) - 1));
  if (!(beta <= -bound * (1 + 1e-5))) return open(Ground::normalised);
  switch (motion_of(row, law, rate)) {
    case Motion::still:
      return {Fate::cannot_move, Ground::norm_bound};
    case Motion::fades:
      return {Fate::moves_cannot_wake, Ground::norm_bound};
    case Motion::moves:
      break;
  }
  return open(Ground::normalised);
}

}  // namespace lively
