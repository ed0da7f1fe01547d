#include <cmath>

#include "lively/optim/decay.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/map.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

std::vector<std::string> state_of(const SgdOptions& o) {
  return o.momentum > 0 ? std::vector<std::string>{"momentum_buffer"} : std::vector<std::string>{};
}

using detail::decayed;

}  // namespace

SGD::SGD(std::vector<ParameterGroup> groups, SgdOptions options)
    : Optimizer(std::move(groups), state_of(options), Moves::entries), options_(options) {
  if (!(options.momentum >= 0 && options.momentum < 1))
    fail<ValueError>("sgd: momentum ", number(options.momentum), ": needs 0 to below 1");
  if (!(options.dampening >= 0 && options.dampening < 1))
    fail<ValueError>("sgd: dampening ", number(options.dampening), ": needs 0 to below 1");
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    fail<ValueError>("sgd: nesterov needs momentum above 0 and no dampening");
}

void SGD::update_parameter(const Update& u) {
  const double lr = u.lr, decay = u.weight_decay;
  if (u.state.empty()) {
    update(
        "sgd",
        [lr, decay](auto& p, auto g) {
          using T = decltype(g);
          p -= T(lr) * decayed(g, p, decay);
        },
        u.parameter, u.gradient);
    return;
  }
  const double momentum = options_.momentum;
  const double share = u.step == 1 ? 1 : 1 - options_.dampening;
  if (options_.nesterov) {
    update(
        "sgd",
        [=](auto& p, auto& v, auto g) {
          using T = decltype(g);
          const T d = decayed(g, p, decay);
          v = T(momentum) * v + d;
          p -= T(lr) * (d + T(momentum) * v);
        },
        u.parameter, u.state[0], u.gradient);
    return;
  }
  update(
      "sgd",
      [=](auto& p, auto& v, auto g) {
        using T = decltype(g);
        v = T(momentum) * v + T(share) * decayed(g, p, decay);
        p -= T(lr) * v;
      },
      u.parameter, u.state[0], u.gradient);
}

std::unique_ptr<Optimizer> SGD::copy_for(std::vector<ParameterGroup> groups) const {
  return std::make_unique<SGD>(std::move(groups), options_);
}

std::optional<ZeroGradientLaw> SGD::law() const {
  return ZeroGradientLaw{.first_moment = options_.momentum > 0 ? "momentum_buffer" : "",
      .reach = [](std::span<const double> v) { return v.empty() ? 0 : std::abs(v[0]); },
      .decay_shrinks = true,
      .heavy_ball = options_};
}

std::string SGD::to_string() const {
  std::string text = "sgd lr " + number(groups()[0].lr);
  if (options_.momentum > 0) text += " momentum " + number(options_.momentum);
  if (options_.nesterov) text += " nesterov";
  if (groups()[0].weight_decay > 0) text += " weight_decay " + number(groups()[0].weight_decay);
  return text;
}

}  // namespace lively
