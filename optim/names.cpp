#include "lively/optim/adaptive.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/spec.h"

#include <algorithm>

// The optimizers that programs know by name. A new one is a row here.

namespace lively {
namespace {

using Made = std::unique_ptr<Optimizer>;
using Groups = std::vector<ParameterGroup>;
using Wanted = OptimizerSettings;

AdamOptions adam_options(const Wanted& s) { return {.eps = s.eps.value_or(AdamOptions().eps)}; }

Made sgd(Groups groups, const Wanted& s) {
  if (s.eps) fail<ValueError>("sgd: eps ", *s.eps, ": has none to set");
  return std::make_unique<SGD>(
      std::move(groups), SgdOptions{.momentum = s.momentum, .nesterov = s.nesterov});
}
Made adam(Groups groups, const Wanted& s) {
  return std::make_unique<Adam>(std::move(groups), adam_options(s));
}
Made adamw(Groups groups, const Wanted& s) {
  return std::make_unique<AdamW>(std::move(groups), adam_options(s));
}
Made adamax(Groups groups, const Wanted& s) {
  return std::make_unique<Adamax>(std::move(groups), adam_options(s));
}
Made nadam(Groups groups, const Wanted& s) {
  return std::make_unique<NAdam>(std::move(groups), adam_options(s));
}
Made radam(Groups groups, const Wanted& s) {
  return std::make_unique<RAdam>(std::move(groups), adam_options(s));
}
Made rmsprop(Groups groups, const Wanted& s) {
  return std::make_unique<RMSprop>(
      std::move(groups), RmsPropOptions{.eps = s.eps.value_or(RmsPropOptions().eps)});
}
Made adagrad(Groups groups, const Wanted& s) {
  return std::make_unique<Adagrad>(std::move(groups), s.eps.value_or(Adagrad::kEps));
}
Made adadelta(Groups groups, const Wanted& s) {
  return std::make_unique<Adadelta>(
      std::move(groups), Adadelta::kRho, s.eps.value_or(Adadelta::kEps));
}

struct Row {
  std::string_view name;
  Made (*make)(Groups groups, const Wanted& settings);
};
constexpr Row kTable[] = {{"sgd", sgd}, {"adam", adam}, {"adamw", adamw}, {"adamax", adamax},
    {"rmsprop", rmsprop}, {"adagrad", adagrad}, {"adadelta", adadelta}, {"nadam", nadam},
    {"radam", radam}};

}  // namespace

std::vector<std::string_view> optimizer_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kTable) names.push_back(row.name);
  return names;
}

std::unique_ptr<Optimizer> make_optimizer(
    std::string_view name, std::vector<Variable> parameters, const OptimizerSettings& s) {
  const auto row = std::ranges::find(kTable, name, &Row::name);
  if (row == std::end(kTable)) fail_unknown(name, "optimizer", optimizer_names());
  return row->make({{std::move(parameters), s.lr, s.weight_decay}}, s);
}

}  // namespace lively
