// Adam with another step: Nesterov's, and one whose variance is known to be trusted.
#include <cmath>
#include <map>

#include "lively/optim/adaptive.h"
#include "lively/optim/decay.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check(const char* name, const AdamOptions& o) {
  for (const double beta : {o.beta1, o.beta2})
    if (!(beta >= 0 && beta < 1))
      fail<ValueError>(name, ": beta ", number(beta), ": needs 0 to below 1");
  if (!(o.eps >= 0)) fail<ValueError>(name, ": eps ", number(o.eps), ": needs at least 0");
  if (o.amsgrad) fail<ValueError>(name, ": has no amsgrad");
}

std::string kin_text(const char* name, const Optimizer& o) {
  std::string text = std::string(name) + " lr " + number(o.groups()[0].lr);
  if (o.groups()[0].weight_decay > 0) text += " weight_decay " + number(o.groups()[0].weight_decay);
  return text;
}

// p -= (of_gradient g + of_moment m) / (sqrt(v) root + eps); by 1 where root is 0.
struct Step {
  double of_gradient, of_moment, root;
};

template <class U>
void move(const char* name, const U& u, const AdamOptions& o, const Step& s) {
  const double b1 = o.beta1, b2 = o.beta2, decay = u.weight_decay;
  update(
      name,
      [=, eps = o.eps](auto& p, auto& m, auto& v, auto g) {
        using T = decltype(g);
        const T d = detail::decayed(g, p, decay);
        m = T(b1) * m + T(1 - b1) * d;
        v = T(b2) * v + T(1 - b2) * d * d;
        const T by = s.root > 0 ? math::sqrt(v) * T(s.root) + T(eps) : T(1);
        p -= (T(s.of_gradient) * d + T(s.of_moment) * m) / by;
      },
      u.parameter, u.state[0], u.state[1], u.gradient);
}

// The momentum of step t, which warms up.
double momentum_at(double beta1, int64_t t) {
  return beta1 * (1 - 0.5 * std::pow(0.96, 0.004 * static_cast<double>(t)));
}

// mu_1 … mu_t. Each thread keeps those that it has asked for: parameters, and renewed parts, differ
// in t.
double product_until(double beta1, int64_t t) {
  thread_local std::map<double, std::vector<double>> all;
  std::vector<double>& until = all.try_emplace(beta1, 1, 1.0).first->second;
  while (std::ssize(until) <= t)
    until.push_back(until.back() * momentum_at(beta1, std::ssize(until)));
  return until[static_cast<std::size_t>(t)];
}

}  // namespace

NAdam::NAdam(std::vector<ParameterGroup> groups, AdamOptions options)
    : Optimizer(std::move(groups), {"exp_avg", "exp_avg_sq"}, Moves::entries), options_(options) {
  check("nadam", options);
}

void NAdam::update_parameter(const Update& u) {
  const double mu = momentum_at(options_.beta1, u.step),
               next = momentum_at(options_.beta1, u.step + 1),
               product = product_until(options_.beta1, u.step),
               root = 1 / std::sqrt(1 - std::pow(options_.beta2, static_cast<double>(u.step)));
  move("nadam", u, options_,
      {u.lr * (1 - mu) / (1 - product), u.lr * next / (1 - product * next), root});
}

std::unique_ptr<Optimizer> NAdam::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<NAdam>(std::move(groups), options_);
}

std::string NAdam::to_string() const { return kin_text("nadam", *this); }

RAdam::RAdam(std::vector<ParameterGroup> groups, AdamOptions options)
    : Optimizer(std::move(groups), {"exp_avg", "exp_avg_sq"}, Moves::entries), options_(options) {
  check("radam", options);
}

void RAdam::update_parameter(const Update& u) {
  const double t = static_cast<double>(u.step), b1 = options_.beta1, b2 = options_.beta2;
  const double left = std::pow(b2, t), most = 2 / (1 - b2) - 1;
  const double length = most - 2 * t * left / (1 - left);
  const double rate = u.lr / (1 - std::pow(b1, t));
  if (length <= 5) {  // the variance of the step is not known yet: heavy ball
    move("radam", u, options_, {0, rate, 0});
    return;
  }
  const double trust =
      std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
  move("radam", u, options_, {0, rate * trust * std::sqrt(1 - left), 1});
}

std::unique_ptr<Optimizer> RAdam::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<RAdam>(std::move(groups), options_);
}

std::string RAdam::to_string() const { return kin_text("radam", *this); }

}  // namespace lively
