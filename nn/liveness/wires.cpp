#include "lively/nn/liveness/wires.h"

#include <algorithm>

#include "lively/nn/liveness/place.h"

namespace lively::detail {
namespace {

using Modules = std::vector<Named<Module*>>;

// What a signal passes on its way, in order: weighted layers, norms, rectifiers, and what else
// mixes units.
Modules stations(Module& model) {
  Modules found;
  for (auto& [path, module] : model.named_modules())
    if (!is_carried(model, path) && (module->as_weighted() || module->as_norm() ||
                                        module->mixes_units() || !module->activation().empty()))
      found.push_back({path, module});
  return found;
}

bool holds(const std::string& outer, const std::string& path) {
  return outer.empty() || path.starts_with(outer + ".");
}

// Does a shortcut begin or end at one of its children?
bool has_shortcut(const Modules& all, const Named<Module*>& outer) {
  return std::ranges::any_of(all, [&](const Named<Module*>& inner) {
    if (inner.name.empty() || !holds(outer.name, inner.name)) return false;
    const std::size_t own = outer.name.empty() ? 0 : outer.name.size() + 1;
    if (inner.name.find('.', own) != std::string::npos) return false;
    const Module &block = *outer.value, &child = *inner.value;
    return block.bypasses(child) || block.sums_before(child) || block.carries(child);
  });
}

// The block with a shortcut that holds one of the two and not the other; empty: there is none.
std::string parted_by(const Modules& all, const std::string& a, const std::string& b) {
  for (const Named<Module*>& outer : all)
    if (!outer.name.empty() && holds(outer.name, a) != holds(outer.name, b) &&
        has_shortcut(all, outer))
      return outer.name;
  return "";
}

Wires wires(Module& model, const Modules& all, const Modules& way, const std::string& site) {
  Wires w;
  const auto at = std::ranges::find(way, site, &Named<Module*>::name);
  if (at == way.end() || at->value->activation().empty()) {
    w.unknown = "its rectifier is no module of its own, or is used more than once";
    return w;
  }
  auto before = at;
  if (before != way.begin() && (before - 1)->value->as_norm())
    w.norm = (--before)->value->as_norm();
  if (before != way.begin() && (before - 1)->value->as_weighted()) {
    --before;
    w.layer = before->value->as_weighted();
    w.layer_path = before->name;
  } else {
    w.unknown = "no weighted layer leads straight to its rectifier";
    return w;
  }
  if (follows_sum(model, site)) {
    w.shared = "a shortcut is added before its rectifier, so its units hang on other weights too";
    return w;
  }
  const auto next = at + 1;
  if (next == way.end() || !next->value->as_weighted()) {
    w.shared = next == way.end()        ? "nothing with weights follows it"
               : next->value->as_norm() ? "what its units give goes through the norm " + next->name
               : next->value->mixes_units()
                   ? "what its units give is mixed by " + next->name
                   : "what its units give goes through another rectifier, " + next->name;
    return w;
  }
  if (const std::string block = parted_by(all, site, next->name); !block.empty()) {
    w.shared = "a shortcut of " + block + " carries what its units give past " + next->name;
    return w;
  }
  WeightedLayer* to = next->value->as_weighted();
  const int64_t units = w.layer->weight.size(0);
  if (const ConvOptions* conv = to->convolution(); conv && conv->groups != 1) {
    w.shared = "the channels of " + next->name + " are in groups";
  } else if (to->weight.size(1) % units != 0) {
    w.shared = message(next->name, " takes ", to->weight.size(1), " inputs from ", units, " units");
  } else {
    w.next = to;
    w.next_path = next->name;
  }
  return w;
}

}  // namespace

std::vector<Wires> wires_of(Module& model, const Census& census) {
  const Modules all = model.named_modules(), way = stations(model);
  std::vector<Wires> found;
  for (const LayerPulse& layer : census.layers) {
    const bool again = std::ranges::any_of(census.layers,
        [&](const LayerPulse& other) { return other.name.starts_with(layer.name + "#"); });
    found.push_back(wires(model, all, way, again ? layer.name + "#" : layer.name));
  }
  return found;
}

}  // namespace lively::detail
