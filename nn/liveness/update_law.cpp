#include "lively/nn/liveness/update_law.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/error.h"

namespace lively {
namespace {

using Kind = UpdateLaw::Kind;

bool keeps_first(const UpdateLaw& law) {
  return law.kind == Kind::sgd ? law.momentum > 0
                               : law.kind != Kind::rmsprop && law.kind != Kind::adagrad;
}
bool keeps_second(const UpdateLaw& law) { return law.kind != Kind::sgd; }

void check(const UnitRow& unit, const UpdateLaw& law) {
  const std::size_t n = unit.values.size();
  if ((keeps_first(law) && unit.first.size() != n) ||
      (keeps_second(law) && unit.second.size() != n))
    fail<ShapeError>("unit row: ", n, " parameters with state rows of ", unit.first.size(), " and ",
        unit.second.size(), ": this optimizer needs ", keeps_first(law) ? n : 0, " and ",
        keeps_second(law) ? n : 0);
}

double decay_at(const UnitRow& unit, const UpdateLaw& law, std::size_t i) {
  return unit.has_bias && i + 1 == unit.values.size() ? law.bias_decay : law.weight_decay;
}

// Under a decay momentum never ends: it settles to this share of the parameter, v = share · p, and
// both then shrink by the same factor (the larger eigenvalue of the step, a 2 x 2 matrix). NaN:
// they swing.
double settled_share(const UpdateLaw& law, double rate) {
  const double mu = law.momentum, d = (1 - law.dampening) * law.weight_decay;
  const double own = law.nesterov ? 1 - rate * d * (1 + mu) : 1 - rate * d;
  const double from_v = law.nesterov ? -rate * mu * mu : -rate * mu;
  const double trace = own + mu, det = own * mu - from_v * d;
  return d / ((trace + std::sqrt(trace * trace - 4 * det)) / 2 - mu);
}

}  // namespace

void advance(UnitRow& unit, const UpdateLaw& law, int64_t step) {
  check(unit, law);
  const double rate = law.rate(step), t = static_cast<double>(step);
  const double first = 1 / (1 - std::pow(law.beta1, t)),
               root = 1 / std::sqrt(1 - std::pow(law.beta2, t));
  const auto f = [](double v) { return static_cast<float>(v); };
  const float lr = f(rate), corrected = f(rate * first), eps = f(law.eps);
  for (std::size_t i = 0; i < unit.values.size(); ++i) {
    const double decay = decay_at(unit, law, i);
    float& p = unit.values[i];
    const float d = decay != 0 && law.kind != Kind::adamw ? f(decay) * p : 0.0f;
    switch (law.kind) {
      case Kind::sgd:
        if (law.momentum == 0) {
          p -= lr * d;
        } else {
          float& v = unit.first[i];
          const double share = law.nesterov || step == 1 ? 1 : 1 - law.dampening;
          v = f(law.momentum) * v + f(share) * d;
          p -= law.nesterov ? lr * (d + f(law.momentum) * v) : lr * v;
        }
        break;
      case Kind::adam:
      case Kind::adamw: {
        float &m = unit.first[i], &v = unit.second[i];
        m = f(law.beta1) * m + f(1 - law.beta1) * d;
        v = f(law.beta2) * v + f(1 - law.beta2) * d * d;
        const double keep = law.kind == Kind::adamw ? 1 - rate * decay : 1;
        p = f(keep) * p - corrected * m / (std::sqrt(v) * f(root) + eps);
        break;
      }
      case Kind::adamax: {
        float &m = unit.first[i], &u = unit.second[i];
        m = f(law.beta1) * m + f(1 - law.beta1) * d;
        const float faded = f(law.beta2) * u, size = std::abs(d) + eps;
        u = faded >= size ? faded : size;
        p -= corrected * m / u;
        break;
      }
      case Kind::rmsprop: {
        float& v = unit.second[i];
        v = f(law.fading) * v + f(1 - law.fading) * d * d;
        p -= lr * (d / (std::sqrt(v) + eps));
        break;
      }
      case Kind::adagrad: {
        float& s = unit.second[i];
        s += d * d;
        p -= lr * d / (std::sqrt(s) + eps);
        break;
      }
      case Kind::adadelta: {
        float &a = unit.first[i], &v = unit.second[i];
        v = f(law.fading) * v + f(1 - law.fading) * d * d;
        const float move = std::sqrt(a + eps) / std::sqrt(v + eps) * d;
        a = f(law.fading) * a + f(1 - law.fading) * move * move;
        p -= lr * move;
        break;
      }
    }
  }
}

Motion motion_of(const UnitRow& unit, const UpdateLaw& law, double largest_rate) {
  check(unit, law);
  const bool momentum = keeps_first(law) && law.kind != Kind::adadelta;
  const bool decays = law.weight_decay != 0 || (unit.has_bias && law.bias_decay != 0);
  const bool alike = !unit.has_bias || law.weight_decay == law.bias_decay;
  const double share =
      law.kind == Kind::sgd && momentum && decays && alike ? settled_share(law, largest_rate) : 0;
  // A bound on every step that old gradients still make; they shrink from the first on. Adam's
  // first correction is at most 1 / (1 - beta1), its second moment shrinks more slowly than the
  // first.
  bool spent = true;
  for (std::size_t i = 0; momentum && spent && i < unit.values.size(); ++i) {
    const double p = std::abs(unit.values[i]), m = std::abs(unit.first[i] - share * unit.values[i]);
    double move = largest_rate * m;
    if (law.kind != Kind::sgd) {
      const double second = unit.second[i],
                   size = law.kind == Kind::adamax ? second : std::sqrt(second);
      move = m == 0 ? 0 : largest_rate * m / ((1 - law.beta1) * (size + law.eps));
    }
    // Half a unit in the last place rounds away; below a power of two that unit is half as large.
    spent = move == 0 || move < 0.2 * (p - std::nextafter(static_cast<float>(p), 0.0f));
  }
  if (spent && (!decays || largest_rate == 0)) return Motion::still;
  const bool apart =
      law.kind == Kind::adamw || law.kind == Kind::sgd;  // the decay is not scaled by gradients
  if (spent && apart && alike && largest_rate * law.weight_decay < 1) return Motion::fades;
  return Motion::moves;
}

void SgdPath::advance(int64_t step) {
  const double rate = law_.rate(step), mu = law_.momentum;
  const double share = law_.nesterov || step == 1 ? 1 : 1 - law_.dampening;
  for (int i = 0; i < 2; ++i) {
    const double d = decay_ * p_[i];
    v_[i] = mu * v_[i] + (mu == 0 ? d : share * d);
    p_[i] -= law_.nesterov ? rate * (d + mu * v_[i]) : rate * v_[i];
  }
}

}  // namespace lively
