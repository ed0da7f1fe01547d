#pragma once

#include <algorithm>

#include "lively/nn/liveness/census.h"

namespace lively {

// What became of the units of one layer, up to the last census.
struct LayerLife {
  std::string name;
  int64_t units = 0;
  int64_t dead = 0;          // at the last census; a unit that it finds poisoned stays what it was
  int64_t lasting = 0;       // of these, dead at the census before as well
  int64_t born_dead = 0;     // at the first census
  int64_t died = 0;          // deaths since, each time
  int64_t revived = 0;       // and revivals: born_dead + died - revived = dead
  int64_t died_lasting = 0;  // of the deaths, those that the next census confirmed
  int64_t revived_lasting = 0;  // of the revivals
  int64_t pinned = 0;
  int64_t linear = 0;
  int64_t poisoned = 0;
  // -1 where the last census did not tell: counts of batches have none, and few look for the
  // starved.
  int64_t dormant = -1, starved = -1, saturated = -1, numerically_pinned = -1, borderline = -1;
  double zero_activations = 0;

  template <class Archive>
  void keep(Archive& a) {
    a("name", name), a("units", units), a("dead", dead), a("lasting", lasting);
    a("born_dead", born_dead), a("died", died), a("revived", revived);
    a("died_lasting", died_lasting), a("revived_lasting", revived_lasting);
    a("pinned", pinned), a("linear", linear), a("poisoned", poisoned), a("dormant", dormant);
    a("starved", starved), a("saturated", saturated), a("borderline", borderline);
    a("numerically_pinned", numerically_pinned), a("zero_activations", zero_activations);
  }
};

// What became of one unit. It died between the steps seen_firing and dead_since: within one step
// if every step has a census.
struct UnitLife {
  bool dead = false;         // at the last census that could tell: not one that found it poisoned
  bool born_dead = false;    // at the first
  bool fresh = false;        // it died or revived at the last census that could tell
  int64_t seen_firing = -1;  // step of the last census at which it fired; -1: none
  int64_t dead_since = -1;   // step of the first census of its present death; -1: it is not dead
  int64_t last_fired =
      -1;  // the last sample of the set that fired it, at the last census where one did
  int64_t deaths = 0, revivals = 0;
  double rate = 0;  // share of samples on which it fired at the last census

  template <class Archive>
  void keep(Archive& a) {
    a("dead", dead), a("born_dead", born_dead), a("fresh", fresh), a("seen_firing", seen_firing);
    a("dead_since", dead_since), a("last_fired", last_fired), a("deaths", deaths);
    a("revivals", revivals), a("rate", rate);
  }
};

// A unit whose state at a census is not the one before; a unit born dead has no before.
struct LifeChange {
  std::size_t layer = 0;
  int64_t unit = 0;
  bool death = false;  // else a revival
};

// Follows every unit through the censuses of a run. Sets may differ in size; a unit that is
// dead on a few samples may fire on more, and is then counted as revived. A unit that is poisoned
// and fires on no sample may be dead or not: its state is unknown, and the books keep the last one
// known.
class LifeHistory {
 public:
  // Takes a census of the state after `step` steps; -1: the step after that of the last census,
  // from 0. A census of the same step as the last, on another set, takes its place: nothing dies,
  // revives or lasts without a step between. Throws StateError, and changes nothing, if the layers
  // are not those of the first census, or if the books do not balance: born_dead + died - revived
  // must be dead in every layer.
  void record(const Census& census, int64_t step = -1);

  // How many units of a layer are dead, and were at the first census.
  int64_t dead_from_birth(std::size_t layer) const;

  // All that it knows, to be kept in a checkpoint.
  struct State {
    int64_t censuses = 0, step = 0;  // of the last one
    std::vector<LayerLife> layers;
    std::vector<std::vector<UnitLife>> units;  // by layer

    template <class Archive>
    void keep(Archive& a) {
      a("censuses", censuses), a("step", step), a("layers", layers);
      a.check("censuses", censuses >= 0 && (censuses > 0 || layers.empty()), "is too few");
      a.check("layers", !a.has("layers." + std::to_string(layers.size()) + ".units"),
          "is fewer than there are");
      units.resize(layers.size());
      for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string at = std::to_string(i), name = "units." + at;
        const LayerLife& l = layers[i];
        a.check("layers." + at + ".dead", l.born_dead + l.died - l.revived == l.dead,
            "is not those born dead and died less those revived");
        a.rows(name, units[i]);
        a.check(name, static_cast<int64_t>(units[i].size()) == l.units,
            "has another number of units than its layer");
        const auto dead = std::ranges::count_if(units[i], [](const UnitLife& u) { return u.dead; });
        a.check(name + ".dead", dead == l.dead, "has another number of dead than its layer");
      }
    }
  };
  const State& state() const { return s_; }
  const State& before() const { return before_; }  // at the census of the step before

  static LifeHistory of(State state, State before) {
    LifeHistory life;
    life.s_ = std::move(state);
    life.before_ = std::move(before);
    return life;
  }
  // For a checkpoint; what changed at the last census is not in it.
  template <class Archive>
  void keep(Archive& a) {
    a("now", s_), a("before", before_);
  }

  // The step of the census before, 0 at the first: what the last one counts as died or revived did
  // so since.
  int64_t after() const { return before_.step; }
  // What changed at the last census; at the first, the units that were born dead. If it took the
  // place of one of the same step: where the two do not agree, so that all changes together still
  // sum to dead.
  const std::vector<LifeChange>& changes() const { return changes_; }

  int64_t censuses() const { return s_.censuses; }
  const std::vector<LayerLife>& layers() const { return s_.layers; }
  const UnitLife& unit(std::size_t layer, int64_t unit) const {
    return s_.units.at(layer).at(static_cast<std::size_t>(unit));
  }
  const std::vector<UnitLife>& units_of(std::size_t layer) const { return s_.units.at(layer); }
  int64_t units() const { return total(&LayerLife::units); }
  int64_t dead() const { return total(&LayerLife::dead); }
  int64_t born_dead() const { return total(&LayerLife::born_dead); }

 private:
  int64_t total(int64_t LayerLife::*what) const {
    int64_t n = 0;
    for (const LayerLife& l : s_.layers) n += l.*what;
    return n;
  }

  State s_, before_;
  std::vector<LifeChange> changes_;
};

}  // namespace lively
