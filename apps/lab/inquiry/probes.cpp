#include "apps/lab/inquiry/probes.h"

#include "apps/lab/inquiry/go_on.h"
#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/inquiry/revival.h"
#include "lively/nn/liveness/probes.h"

namespace lively::lab {
namespace {

const char* text_of(Probe probe) {
  switch (probe) {
    case Probe::neighbours:
      return "Not clearly better than chance on the test set so far: looking whether 10 nearest "
             "neighbours are.";
    case Probe::revival:
      return "Half of a layer is dead: trying on a copy whether reviving it helps.";
    case Probe::unscaled:
      return "Something scales the steps down: trying on a copy whether it learns without.";
    case Probe::freed:
      return "Far from what the data give: trying on a copy whether decay or dropout is why.";
    case Probe::lower_rate:
      return "The loss is unsteady: trying on copies whether a tenth of the learning rate helps.";
    case Probe::higher_rate:
      break;
  }
  return "The loss is far from low enough: trying on copies whether a larger learning rate helps.";
}

}  // namespace

void run_probes(Evidence& e, const Settings& s, Module& model, const Optimizer& optimizer,
    const DataSplits& data, const Examination& end, Sink& out) {
  Probes probes;
  const double rate = e.usual_rate.value_or(s.lr);
  const auto going_on_as = [&](const Settings& recipe, int64_t steps) {
    const Continuation copy = copy_as(model, optimizer, recipe, data);
    return go_on(*copy.model, *copy.optimizer, recipe, data, steps);
  };
  probes.go_on = [&](double factor, int64_t steps) {
    const Continuation copy = copy_of(model, optimizer, s, data, factor * rate);
    return go_on(*copy.model, *copy.optimizer, s, data, steps);
  };
  probes.unscaled = [&](int64_t steps) {
    Settings recipe = s;
    recipe.clip = recipe.clip_value = recipe.eps = 0;
    if (recipe == s && !held_by_rate(e)) return std::optional<double>();
    if (!held_by_rate(e)) recipe.lr = rate;
    return std::optional(going_on_as(recipe, steps));
  };
  probes.freed = [&](int64_t steps) {
    Settings recipe = s;
    recipe.dropout = recipe.weight_decay = 0;
    if (recipe == s) return std::optional<double>();
    recipe.lr = rate;
    return std::optional(going_on_as(recipe, steps));
  };
  probes.neighbours = [&] { return nearest_neighbours(data.train, data.test); };
  // Only there does a unit's death concern the next layer's weights alone.
  if (s.architecture == Architecture::mlp && s.residual.empty() && s.front.empty())
    probes.revival = [&] { return revival_cures(s, model, data, end); };
  try_probes(e, probes, [&](Probe probe) { out.on(Warning{"probe", text_of(probe)}); });
}

}  // namespace lively::lab
