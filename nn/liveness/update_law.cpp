#include "lively/nn/liveness/update_law.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/error.h"

namespace lively {
namespace {

void check(const UnitRow& unit, const UpdateLaw& law) {
  const std::size_t n = unit.values.size(), residue = unit.residue.size(),
                    reach = unit.reach.size();
  const bool wanted = law.momentum() > 0;
  if ((residue != n && (residue != 0 || wanted)) || (reach != n && reach != 0))
    fail<ShapeError>("unit row: ", n, " parameters with a residue of ", residue, " and a reach of ",
        reach, ": needs ", n, wanted ? "" : " or none", " and ", n, " or none");
}

// Under a decay momentum never ends: it settles to this share of the parameter, v = share · p, and
// both then shrink by the same factor (the larger eigenvalue of the step, a 2 x 2 matrix). NaN:
// they swing.
double settled_share(const UpdateLaw::HeavyBall& ball, double decay, double rate) {
  const double mu = ball.momentum, d = (1 - ball.dampening) * decay;
  const double own = ball.nesterov ? 1 - rate * d * (1 + mu) : 1 - rate * d;
  const double from_v = ball.nesterov ? -rate * mu * mu : -rate * mu;
  const double trace = own + mu, det = own * mu - from_v * d;
  return d / ((trace + std::sqrt(trace * trace - 4 * det)) / 2 - mu);
}

}  // namespace

bool UpdateLaw::one_rate() const {
  return std::ranges::all_of(rates, [&](const Rates& r) { return r.lr == rates[0].lr; });
}
bool UpdateLaw::alike() const {
  return std::ranges::all_of(rates, [&](const Rates& r) { return r == rates[0]; });
}
bool UpdateLaw::decays() const {
  return std::ranges::any_of(rates, [](const Rates& r) { return r.weight_decay != 0; });
}

double largest_rate(const UpdateLaw& law, int64_t taken, int64_t to_come) {
  const double lr = std::ranges::max(law.rates, {}, &UpdateLaw::Rates::lr).lr;
  double rate = 0;
  const int64_t last = law.factor ? std::max<int64_t>(to_come, 1) : 1;
  for (int64_t k = 1; k <= last; ++k) rate = std::max(rate, lr * law.factor_at(taken + k));
  return rate;
}

Motion motion_of(const UnitRow& unit, const UpdateLaw& law, double largest_rate) {
  check(unit, law);
  const bool decays = law.decays(), alike = law.alike();
  const double decay = law.rates[0].weight_decay;
  const bool settles = law.momentum() > 0 && decays && alike;
  const double share = settles ? settled_share(*law.heavy_ball, decay, largest_rate) : 0;
  // A bound on every step that old gradients still make, which shrink from the first on.
  bool spent = true;
  for (std::size_t i = 0; spent && i < unit.values.size(); ++i) {
    const double reach = settles ? std::abs(unit.residue[i] - share * unit.values[i])
                                 : (unit.reach.empty() ? 0 : unit.reach[i]);
    const double move = largest_rate * reach;
    // Half a unit in the last place rounds away; below a power of two that unit is half as large.
    const float p = std::abs(unit.values[i]);
    spent = move == 0 || move < 0.2 * (static_cast<double>(p) - std::nextafter(p, 0.0f));
  }
  if (spent && (!decays || largest_rate == 0)) return Motion::still;
  if (spent && law.decay_shrinks && alike && largest_rate * decay < 1) return Motion::fades;
  return Motion::moves;
}

void SgdPath::advance(int64_t step) {
  const UpdateLaw::HeavyBall& ball = *law_.heavy_ball;
  const double rate = rates_.lr * law_.factor_at(step), mu = ball.momentum;
  const double share = ball.nesterov || step == 1 ? 1 : 1 - ball.dampening;
  for (int i = 0; i < 2; ++i) {
    const double d = rates_.weight_decay * p_[i];
    v_[i] = mu * v_[i] + (mu == 0 ? d : share * d);
    p_[i] -= ball.nesterov ? rate * (d + mu * v_[i]) : rate * v_[i];
  }
}

}  // namespace lively
