#include "lively/nn/liveness/life.h"

#include <algorithm>

namespace lively {
namespace {

// Tells a layer's books what a census says of a unit.
void update(UnitLife& unit, LayerLife& layer, bool dead, bool first, int64_t step) {
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
}

// Is a unit's state unknown: did it fire on no sample, but might have on those that it is poisoned
// on?
bool unknown(const LayerPulse& layer, int64_t unit) {
  return layer.is_poisoned(unit) && layer.counts.fired[static_cast<std::size_t>(unit)] == 0;
}

}  // namespace

void LifeHistory::record(const Census& census, int64_t step) {
  if (step < 0) step = s_.censuses > 0 ? s_.step + 1 : 0;
  const bool again = s_.censuses > 0 && step == s_.step;
  State next = again ? before_ : s_;
  const bool first = next.censuses == 0;
  if (first) {
    for (const LayerPulse& l : census.layers) {
      next.layers.push_back({.name = l.name, .units = l.units()});
      next.units.emplace_back(static_cast<std::size_t>(l.units()));
    }
  }
  if (census.layers.size() != next.layers.size())
    fail<StateError>("life history: ", census.layers.size(), " layers in this census: needs the ",
        next.layers.size(), " of the first");
  std::vector<LifeChange> changes;
  for (std::size_t i = 0; i < next.layers.size(); ++i) {
    const LayerPulse& now = census.layers[i];
    LayerLife& life = next.layers[i];
    if (now.units() != life.units)
      fail<StateError>(
          "life history: layer ", now.name, " with ", now.units(), " units: had ", life.units);
    life.dead = life.lasting = 0;
    for (int64_t u = 0; u < life.units; ++u) {
      const auto at = static_cast<std::size_t>(u);
      UnitLife& unit = next.units[i][at];
      if (unknown(now, u)) {
        life.dead += unit.dead;
      } else {
        update(unit, life, now.is_dead(u), first, step);
      }
      if (unit.dead != (s_.censuses > 0 && s_.units[i][at].dead))
        changes.push_back({i, u, unit.dead});
      unit.rate = now.rate(u);
      if (now.counts.fired[at] > 0) unit.seen_firing = step;
      if (!now.values.last_fired.empty() && now.values.last_fired[at] >= 0)
        unit.last_fired = now.values.last_fired[at];
    }
    if (first) life.born_dead = life.dead;
    if (life.born_dead + life.died - life.revived != life.dead)
      fail<StateError>("life history: layer ", life.name, ": born dead ", life.born_dead,
          " + died ", life.died, " - revived ", life.revived, " is not dead ", life.dead);
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
  ++next.censuses;
  next.step = step;
  if (!again) before_ = std::move(s_);
  s_ = std::move(next);
  changes_ = std::move(changes);
}

int64_t LifeHistory::dead_from_birth(std::size_t layer) const {
  return std::ranges::count_if(
      s_.units.at(layer), [](const UnitLife& u) { return u.dead && u.born_dead; });
}

}  // namespace lively
