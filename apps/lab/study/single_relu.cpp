#include "apps/lab/study/single_relu.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/lab/study/normal_law.h"

namespace lively::lab {
namespace {

double length(const std::vector<double>& v) {
  double squares = 0;
  for (const double x : v) squares += x * x;
  return std::sqrt(squares);
}

// b / |w|, and where there is no w, as far as b points.
double firing_edge(const ReluUnit& unit) {
  const double norm = length(unit.w);
  if (norm > 0) return unit.b / norm;
  return unit.b > 0 ? std::numeric_limits<double>::infinity()
                    : -std::numeric_limits<double>::infinity();
}

ReluUnit drawn(int inputs, Stream& stream) {
  ReluUnit unit{std::vector<double>(static_cast<std::size_t>(inputs)), 0};
  for (double& w : unit.w) w = stream.uniform(-1, 1);
  unit.b = stream.uniform(-1, 1);
  return unit;
}

constexpr double kLeast = 1e-6;  // the paper's stop

bool is_found(const ReluUnit& unit, double gamma) {
  double apart = std::abs(unit.w[0] - gamma) + std::abs(unit.b);
  for (std::size_t i = 1; i < unit.w.size(); ++i) apart += std::abs(unit.w[i]);
  return apart < gamma / 10 + 50 * kLeast;  // of a curvature of 0.2 the stop leaves 5e-5
}

}  // namespace

void unit_gradient(const ReluUnit& unit, double gamma, SignOfW sign, ReluUnit& g) {
  const double norm = length(unit.w), t = firing_edge(unit);
  const double share = normal_share(t), density = norm > 0 ? normal_density(t) : 0;
  double along = 0;  // n · a
  for (std::size_t i = 0; i < unit.w.size(); ++i) {
    const double n = norm > 0 ? unit.w[i] / norm : 0;
    along += n * (unit.w[i] - (i == 0 ? gamma : 0));
  }
  const bool kept_in_w = sign == SignOfW::kept || sign == SignOfW::lost_in_b,
             kept_in_b = sign == SignOfW::kept || sign == SignOfW::lost_in_w;
  for (std::size_t i = 0; i < unit.w.size(); ++i) {
    const double a = unit.w[i] - (i == 0 ? gamma : 0), n = norm > 0 ? unit.w[i] / norm : 0;
    g.w[i] = a * share;
    if (density == 0) continue;  // t may be infinite
    g.w[i] += (kept_in_w ? n * (unit.b - t * along) : unit.b - t * a) * density;
  }
  const double slope = kept_in_b ? along : unit.w[0] - gamma;
  g.b = slope * density + unit.b * share;
}

double firing_share(const ReluUnit& unit) { return normal_share(firing_edge(unit)); }

int64_t descend(ReluUnit& unit, const UnitRule& rule, double least, int64_t most) {
  const double beta = rule.beta, lr = rule.lr;
  ReluUnit g{std::vector<double>(unit.w.size()), 0}, m = g;
  for (int64_t step = 1; step <= most; ++step) {
    unit_gradient(unit, rule.gamma, rule.sign, g);
    double squares = 0;
    const auto move = [&](double& p, double& momentum, double gradient) {
      momentum = beta * momentum + (1 - beta) * gradient;
      p -= lr * momentum;
      squares += lr * momentum * lr * momentum;
    };
    for (std::size_t i = 0; i < unit.w.size(); ++i) move(unit.w[i], m.w[i], g.w[i]);
    move(unit.b, m.b, g.b);
    if (squares < least * least) return step;
  }
  return most;
}

UnitEnds unit_ends(const UnitRule& rule, int64_t starts, Seed seed) {
  constexpr int64_t kMost = 200'000;
  Stream stream(seed, "starts", static_cast<uint64_t>(rule.inputs));
  UnitEnds ends;
  for (ends.starts = 0; ends.starts < starts; ++ends.starts) {
    ReluUnit unit = drawn(rule.inputs, stream);
    const bool right = unit.w[0] > 0;
    ends.unsettled += descend(unit, rule, kLeast, kMost) == kMost;
    const bool dead = firing_share(unit) < kDeadShare;
    ends.dead += dead, ends.right += right, ends.dead_right += dead && right;
    ends.found += is_found(unit, rule.gamma);
  }
  return ends;
}

double swing_threshold(double lr) {
  const double root = (1 - lr) / (1 + lr);
  return root * root;
}

double swing_threshold_of_matrix(double lr) {
  double real = 0, complex = 1 - 1e-9;  // at 1 - lr and beyond 1 it is real again
  for (int i = 0; i < 60; ++i) {
    const double beta = (real + complex) / 2;
    const double a = beta, b = 1 - beta, c = -lr * beta, d = 1 - lr * (1 - beta);
    ((a + d) * (a + d) < 4 * (a * d - b * c) ? complex : real) = beta;
  }
  return (real + complex) / 2;
}

}  // namespace lively::lab
