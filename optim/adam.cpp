#include <cmath>

#include "lively/optim/optimizer.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

struct Corrections {
  double beta1 = 0, beta2 = 0;
  int64_t step = 0;
  double first = 1, second = 1;  // 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t)
};

// Kept by each thread for its last step number, as a rule that of all parameters: pow costs more
// than a small tensor.
Corrections corrections(double b1, double b2, int64_t step) {
  thread_local constinit Corrections last;
  if (last.step != step || last.beta1 != b1 || last.beta2 != b2) {
    const double t = static_cast<double>(step);
    last = {b1, b2, step, 1 / (1 - std::pow(b1, t)), 1 / std::sqrt(1 - std::pow(b2, t))};
  }
  return last;
}

}  // namespace

Adam::Adam(std::vector<ParameterGroup> groups, AdamOptions options, Decay decay)
    : Optimizer(std::move(groups),
          options.amsgrad ? std::vector<std::string>{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}
                          : std::vector<std::string>{"exp_avg", "exp_avg_sq"},
          Moves::entries),
      options_(options),
      decay_(decay) {
  for (const double beta : {options.beta1, options.beta2})
    if (!(beta >= 0 && beta < 1))
      fail<ValueError>("adam: beta ", number(beta), ": needs 0 to below 1");
  if (!(options.eps >= 0))
    fail<ValueError>("adam: eps ", number(options.eps), ": needs at least 0");
}

void Adam::update_parameter(const Update& u) {
  const double b1 = options_.beta1, b2 = options_.beta2, eps = options_.eps;
  const Corrections by = corrections(b1, b2, u.step);
  const double rate = u.lr * by.first, root = by.second;
  // p · keep is the decoupled decay, g + into · p the other.
  const double keep = decay_ == Decay::decoupled ? 1 - u.lr * u.weight_decay : 1;
  const double into = decay_ == Decay::decoupled ? 0 : u.weight_decay;
  if (options_.amsgrad) {
    update(
        "adam",
        [=](auto& p, auto& m, auto& v, auto& top, auto g) {
          using T = decltype(g);
          const T d = into != 0 ? g + T(into) * p : g;
          m = T(b1) * m + T(1 - b1) * d;
          v = T(b2) * v + T(1 - b2) * d * d;
          top = v <= top ? top : v;  // keeps NaN
          p = T(keep) * p - T(rate) * m / (math::sqrt(top) * T(root) + T(eps));
        },
        u.parameter, u.state[0], u.state[1], u.state[2], u.gradient);
    return;
  }
  update(
      "adam",
      [=](auto& p, auto& m, auto& v, auto g) {
        using T = decltype(g);
        const T d = into != 0 ? g + T(into) * p : g;
        m = T(b1) * m + T(1 - b1) * d;
        v = T(b2) * v + T(1 - b2) * d * d;
        p = T(keep) * p - T(rate) * m / (math::sqrt(v) * T(root) + T(eps));
      },
      u.parameter, u.state[0], u.state[1], u.gradient);
}

std::unique_ptr<Optimizer> Adam::copy_for(std::vector<ParameterGroup> groups) const {
  if (decay_ == Decay::decoupled) return std::make_unique<AdamW>(std::move(groups), options_);
  return std::make_unique<Adam>(std::move(groups), options_);
}

// The first correction is at most 1 / (1 - beta1) and the second makes v larger. m / sqrt(v)
// shrinks if beta1 <= sqrt(beta2); amsgrad's v is no smaller. Without an eps an entry without a
// gradient is 0 / 0.
std::optional<ZeroGradientLaw> Adam::law() const {
  const double b1 = options_.beta1, b2 = options_.beta2, eps = options_.eps;
  if (eps == 0 || b1 * b1 > b2) return {};
  return ZeroGradientLaw{.first_moment = "exp_avg",
      .reach =
          [first = 1 - b1, eps](std::span<const double> s) {
            return std::abs(s[0]) / (first * (std::sqrt(s[1]) + eps));
          },
      .decay_shrinks = decay_ == Decay::decoupled};
}

std::string Adam::to_string() const {
  std::string text = decay_ == Decay::decoupled ? "adamw lr " : "adam lr ";
  text += number(groups()[0].lr);
  if (groups()[0].weight_decay > 0) text += " weight_decay " + number(groups()[0].weight_decay);
  return text;
}

}  // namespace lively
