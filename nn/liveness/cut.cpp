#include "lively/nn/liveness/cut.h"

namespace lively {

std::vector<std::string> dead_cuts(Module& model, const Census& census) {
  std::vector<std::string> cuts;
  for (const LayerPulse& l : census.layers)
    if (l.units() > 0 && l.dead() == l.units() && !is_bypassed(model, l.name))
      cuts.push_back(l.name);
  return cuts;
}

}  // namespace lively
