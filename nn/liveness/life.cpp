#include "lively/nn/liveness/life.h"

#include <algorithm>

namespace lively {
namespace {

// What a census says of a unit. Gives whether its state changed.
bool update(UnitLife& unit, LayerLife& layer, bool dead, bool first, int64_t step) {
  const bool was = unit.dead, changed = dead != was;
  layer.dead += dead;
  layer.lasting += dead && was;
  layer.died_lasting += dead && was && unit.fresh;
  layer.revived_lasting += !dead && !was && unit.fresh;
  unit.born_dead = first ? dead : unit.born_dead;
  unit.fresh = changed && !first;
  unit.deaths += unit.fresh && dead;
  unit.revivals += unit.fresh && !dead;
  layer.died += unit.fresh && dead;
  layer.revived += unit.fresh && !dead;
  if (changed) unit.dead_since = dead ? step : -1;
  unit.dead = dead;
  return changed;
}

}  // namespace

void LifeHistory::record(const Census& census, int64_t step) {
  const bool first = s_.censuses == 0;
  if (step < 0) step = s_.censuses;
  changes_.clear();
  if (first) {
    for (const LayerPulse& l : census.layers) {
      s_.layers.push_back({.name = l.name, .units = l.units()});
      s_.units.emplace_back(static_cast<std::size_t>(l.units()));
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
      const auto at = static_cast<std::size_t>(u);
      UnitLife& unit = s_.units[i][at];
      if (update(unit, life, now.is_dead(u), first, step)) changes_.push_back({i, u, unit.dead});
      unit.rate = now.rate(u);
      if (now.counts.fired[at] > 0) unit.seen_firing = step;
      if (!now.values.last_fired.empty() && now.values.last_fired[at] >= 0) unit.last_fired = now.values.last_fired[at];
    }
    if (first) life.born_dead = life.dead;
    if (life.born_dead + life.died - life.revived != life.dead)
      fail<StateError>("life history: layer ", life.name, ": born dead ", life.born_dead, " + died ", life.died,
                       " - revived ", life.revived, " is not dead ", life.dead);
    life.pinned = now.pinned();
    life.linear = now.linear();
    life.poisoned = now.poisoned();
    const bool told = !now.values.max_z.empty();
    life.dormant = told ? now.dormant() : -1;
    life.saturated = told ? now.saturated() : -1;
    life.numerically_pinned = told ? now.numerically_pinned() : -1;
    life.borderline = told ? now.borderline() : -1;
    life.starved = now.starved.empty() ? -1 : std::ranges::count(now.starved, true);
    life.zero_activations = now.zero_activations();
  }
  ++s_.censuses;
}

int64_t LifeHistory::dead_from_birth(std::size_t layer) const {
  return std::ranges::count_if(s_.units.at(layer), [](const UnitLife& u) { return u.dead && u.born_dead; });
}

}  // namespace lively
