#include "lively/nn/liveness/life.h"

namespace lively {

void LifeHistory::record(const Census& census) {
  const bool first = censuses_ == 0;
  if (first) {
    for (const LayerPulse& l : census.layers) {
      layers_.push_back({.name = l.name, .units = l.units()});
      dead_.emplace_back(static_cast<std::size_t>(l.units()), false);
    }
  }
  if (census.layers.size() != layers_.size())
    fail<StateError>("life history: ", census.layers.size(), " layers in this census: needs the ",
                     layers_.size(), " of the first");
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LayerPulse& now = census.layers[i];
    LayerLife& life = layers_[i];
    if (now.units() != life.units)
      fail<StateError>("life history: layer ", now.name, " with ", now.units(), " units: had ",
                       life.units);
    life.dead = life.lasting = 0;
    for (int64_t u = 0; u < life.units; ++u) {
      const bool was = dead_[i][static_cast<std::size_t>(u)], is = now.is_dead(u);
      life.dead += is;
      life.lasting += is && was;
      life.died += is && !was && !first;
      life.revived += was && !is;
      dead_[i][static_cast<std::size_t>(u)] = is;
    }
    if (first) life.born_dead = life.dead;
    life.pinned = now.pinned();
    life.linear = now.linear();
    life.poisoned = now.poisoned();
    life.zero_activations = now.zero_activations();
  }
  ++censuses_;
}

}  // namespace lively
