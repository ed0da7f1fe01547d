#include "lively/nn/liveness/cut.h"

namespace lively {

bool is_bypassed(Module& model, std::string_view rectifier) {
  const auto modules = model.named_modules();
  const auto find = [&](std::string_view name) -> Module* {
    for (const auto& [known, module] : modules)
      if (known == name) return module;
    return nullptr;
  };
  std::string_view path = rectifier.substr(0, rectifier.find('#'));
  const Module* inner = find(path);
  if (inner && inner->bypasses(*inner)) return true;
  while (!path.empty()) {
    const auto dot = path.rfind('.');
    path = dot == path.npos ? std::string_view() : path.substr(0, dot);
    const Module* outer = find(path);
    if (outer && inner && outer->bypasses(*inner)) return true;
    inner = outer;
  }
  return false;
}

std::vector<std::string> dead_cuts(Module& model, const Census& census) {
  std::vector<std::string> cuts;
  for (const LayerPulse& l : census.layers)
    if (l.units() > 0 && l.dead() == l.units() && !is_bypassed(model, l.name))
      cuts.push_back(l.name);
  return cuts;
}

}  // namespace lively
