#include "lively/optim/adaptive.h"

#include <cmath>
#include <limits>

#include "lively/optim/decay.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check_share(const char* what, double v) {
  if (!(v >= 0 && v < 1)) fail<ValueError>(what, " ", number(v), ": needs 0 to below 1");
}
void check_eps(const char* what, double v) {
  if (!(v >= 0)) fail<ValueError>(what, " ", number(v), ": needs at least 0");
}

std::string text_of(const char* name, const Optimizer& o) {
  std::string text = std::string(name) + " lr " + number(o.groups()[0].lr);
  if (o.groups()[0].weight_decay > 0) text += " weight_decay " + number(o.groups()[0].weight_decay);
  return text;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::string RMSprop::to_string() const { return text_of("rmsprop", *this); }
std::string Adagrad::to_string() const { return text_of("adagrad", *this); }
std::string Adadelta::to_string() const { return text_of("adadelta", *this); }
std::string Adamax::to_string() const { return text_of("adamax", *this); }

RMSprop::RMSprop(std::vector<ParameterGroup> groups, RmsPropOptions options)
    : Optimizer(std::move(groups), {"square_avg", "grad_avg", "momentum_buffer"}, Moves::entries),
      options_(options) {
  check_share("rmsprop: alpha", options.alpha);
  check_share("rmsprop: momentum", options.momentum);
  check_eps("rmsprop: eps", options.eps);
}

void RMSprop::update_parameter(const Update& u) {
  const double alpha = options_.alpha, eps = options_.eps, momentum = options_.momentum;
  const double centred = options_.centered ? 1 : 0, lr = u.lr, decay = u.weight_decay;
  update(
      "rmsprop",
      [=](auto& p, auto& v, auto& mean, auto& step, auto g) {
        using T = decltype(g);
        const T d = detail::decayed(g, p, decay);
        v = T(alpha) * v + T(1 - alpha) * d * d;
        mean = T(alpha) * mean + T(1 - alpha) * d;
        step = T(momentum) * step + d / (math::sqrt(v - T(centred) * mean * mean) + T(eps));
        p -= T(lr) * step;
      },
      u.parameter, u.state[0], u.state[1], u.state[2], u.gradient);
}

std::unique_ptr<Optimizer> RMSprop::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<RMSprop>(std::move(groups), options_);
}

// The variance of centered ones may round to below 0, and without an eps 0 / 0 is no step either.
std::optional<ZeroGradientLaw> RMSprop::law() const {
  if (options_.eps == 0 || options_.centered) return {};
  const bool carries = options_.momentum > 0;
  return ZeroGradientLaw{.first_moment = carries ? "momentum_buffer" : "",
      .reach = [carries](std::span<const double> s) {
        if (std::isnan(s[0]) || !std::isfinite(s[1]) || !std::isfinite(s[2])) return kNaN;
        return carries ? std::abs(s[2]) : 0;
      }};
}

Adagrad::Adagrad(std::vector<ParameterGroup> groups, double eps)
    : Optimizer(std::move(groups), {"sum"}, Moves::entries), eps_(eps) {
  check_eps("adagrad: eps", eps);
}

void Adagrad::update_parameter(const Update& u) {
  update(
      "adagrad",
      [lr = u.lr, decay = u.weight_decay, eps = eps_](auto& p, auto& s, auto g) {
        using T = decltype(g);
        const T d = detail::decayed(g, p, decay);
        s += d * d;
        p -= T(lr) * d / (math::sqrt(s) + T(eps));
      },
      u.parameter, u.state[0], u.gradient);
}

std::unique_ptr<Optimizer> Adagrad::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<Adagrad>(std::move(groups), eps_);
}

std::optional<ZeroGradientLaw> Adagrad::law() const {
  if (eps_ == 0) return {};
  return ZeroGradientLaw{
      .reach = [](std::span<const double> s) { return std::isnan(s[0]) ? kNaN : 0; }};
}

Adadelta::Adadelta(std::vector<ParameterGroup> groups, double rho, double eps)
    : Optimizer(std::move(groups), {"square_avg", "acc_delta"}, Moves::entries),
      rho_(rho),
      eps_(eps) {
  check_share("adadelta: rho", rho);
  check_eps("adadelta: eps", eps);
}

void Adadelta::update_parameter(const Update& u) {
  update(
      "adadelta",
      [lr = u.lr, decay = u.weight_decay, rho = rho_, eps = eps_](
          auto& p, auto& v, auto& a, auto g) {
        using T = decltype(g);
        const T d = detail::decayed(g, p, decay);
        v = T(rho) * v + T(1 - rho) * d * d;
        const T step = math::sqrt(a + T(eps)) / math::sqrt(v + T(eps)) * d;
        a = T(rho) * a + T(1 - rho) * step * step;
        p -= T(lr) * step;
      },
      u.parameter, u.state[0], u.state[1], u.gradient);
}

std::unique_ptr<Optimizer> Adadelta::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<Adadelta>(std::move(groups), rho_, eps_);
}

// Both means only scale a gradient.
std::optional<ZeroGradientLaw> Adadelta::law() const {
  if (eps_ == 0) return {};
  return ZeroGradientLaw{.reach = [](std::span<const double> s) {
    return std::isnan(s[0]) || !std::isfinite(s[1]) ? kNaN : 0;
  }};
}

Adamax::Adamax(std::vector<ParameterGroup> groups, AdamOptions options)
    : Optimizer(std::move(groups), {"exp_avg", "exp_inf"}, Moves::entries), options_(options) {
  check_share("adamax: beta", options.beta1);
  check_share("adamax: beta", options.beta2);
  check_eps("adamax: eps", options.eps);
  if (options.amsgrad) fail<ValueError>("adamax: has no amsgrad");
}

void Adamax::update_parameter(const Update& u) {
  const double b1 = options_.beta1, b2 = options_.beta2, eps = options_.eps, decay = u.weight_decay;
  const double rate = u.lr / (1 - std::pow(b1, static_cast<double>(u.step)));
  update(
      "adamax",
      [=](auto& p, auto& m, auto& largest, auto g) {
        using T = decltype(g);
        const T d = detail::decayed(g, p, decay);
        m = T(b1) * m + T(1 - b1) * d;
        const T faded = T(b2) * largest, size = math::abs(d) + T(eps);
        largest = faded >= size ? faded : size;
        p -= T(rate) * m / largest;
      },
      u.parameter, u.state[0], u.state[1], u.gradient);
}

std::unique_ptr<Optimizer> Adamax::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<Adamax>(std::move(groups), options_);
}

// m / u shrinks if beta1 <= beta2.
std::optional<ZeroGradientLaw> Adamax::law() const {
  const double b1 = options_.beta1, b2 = options_.beta2, eps = options_.eps;
  if (eps == 0 || b1 > b2) return {};
  return ZeroGradientLaw{
      .first_moment = "exp_avg", .reach = [first = 1 - b1, eps](std::span<const double> s) {
        return std::abs(s[0]) / (first * (s[1] + eps));
      }};
}

}  // namespace lively
