#include "lively/nn/liveness/life.h"

namespace lively {

void LifeHistory::record(const Census& census) {
  const bool first = s_.censuses == 0;
  changes_.clear();
  if (first) {
    for (const LayerPulse& l : census.layers) {
      s_.layers.push_back({.name = l.name, .units = l.units()});
      s_.dead.emplace_back(static_cast<std::size_t>(l.units()), false);
    }
  }
  if (census.layers.size() != s_.layers.size())
    fail<StateError>("life history: ", census.layers.size(), " layers in this census: needs the ",
                     s_.layers.size(), " of the first");
  for (std::size_t i = 0; i < s_.layers.size(); ++i) {
    const LayerPulse& now = census.layers[i];
    LayerLife& life = s_.layers[i];
    if (now.units() != life.units)
      fail<StateError>("life history: layer ", now.name, " with ", now.units(), " units: had ",
                       life.units);
    life.dead = life.lasting = 0;
    for (int64_t u = 0; u < life.units; ++u) {
      const bool was = s_.dead[i][static_cast<std::size_t>(u)], is = now.is_dead(u);
      life.dead += is;
      life.lasting += is && was;
      life.died += is && !was && !first;
      life.revived += was && !is;
      s_.dead[i][static_cast<std::size_t>(u)] = is;
      if (is != was) changes_.push_back({i, u, is});
    }
    if (first) life.born_dead = life.dead;
    if (first) s_.born.push_back(s_.dead[i]);
    life.pinned = now.pinned();
    life.linear = now.linear();
    life.poisoned = now.poisoned();
    life.zero_activations = now.zero_activations();
  }
  ++s_.censuses;
}

int64_t LifeHistory::dead_from_birth(std::size_t layer) const {
  int64_t n = 0;
  for (std::size_t u = 0; u < s_.dead[layer].size(); ++u) n += s_.dead[layer][u] && s_.born[layer][u];
  return n;
}

}  // namespace lively
