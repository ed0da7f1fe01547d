#pragma once

#include "lively/nn/liveness/census.h"

namespace lively {

// What became of the units of one layer, up to the last census.
struct LayerLife {
  std::string name;
  int64_t units = 0;
  int64_t dead = 0;       // at the last census
  int64_t lasting = 0;    // of these, dead at the census before as well
  int64_t born_dead = 0;  // at the first census
  int64_t died = 0;       // deaths since, each time
  int64_t revived = 0;    // and revivals: born_dead + died - revived = dead
  int64_t pinned = 0;
  int64_t linear = 0;
  int64_t poisoned = 0;
  double zero_activations = 0;
};

// A unit whose state at a census is not the one before; a unit born dead has no before.
struct LifeChange {
  std::size_t layer = 0;
  int64_t unit = 0;
  bool death = false;  // else a revival
};

// Follows every unit through the censuses of a run. Sets may differ in size; a unit that is
// dead on a few samples may fire on more, and is then counted as revived.
class LifeHistory {
 public:
  // Throws StateError if the layers are not those of the first census.
  void record(const Census& census);

  // How many units of a layer are dead, and were at the first census.
  int64_t dead_from_birth(std::size_t layer) const;

  // All that it knows, to be kept in a checkpoint.
  struct State {
    int64_t censuses = 0;
    std::vector<LayerLife> layers;
    std::vector<std::vector<bool>> dead, born;  // by layer and unit: at the last census, at the first
  };
  const State& state() const { return s_; }
  static LifeHistory of(State state) {
    LifeHistory life;
    life.s_ = std::move(state);
    return life;
  }

  // What changed at the last census; at the first, the units that were born dead.
  const std::vector<LifeChange>& changes() const { return changes_; }

  int64_t censuses() const { return s_.censuses; }
  const std::vector<LayerLife>& layers() const { return s_.layers; }
  int64_t units() const { return total(&LayerLife::units); }
  int64_t dead() const { return total(&LayerLife::dead); }
  int64_t born_dead() const { return total(&LayerLife::born_dead); }

 private:
  int64_t total(int64_t LayerLife::*what) const {
    int64_t n = 0;
    for (const LayerLife& l : s_.layers) n += l.*what;
    return n;
  }

  State s_;
  std::vector<LifeChange> changes_;
};

}  // namespace lively
