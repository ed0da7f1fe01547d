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

// Follows every unit through the censuses of a run. Sets may differ in size; a unit that is
// dead on a few samples may fire on more, and is then counted as revived.
class LifeHistory {
 public:
  // Throws StateError if the layers are not those of the first census.
  void record(const Census& census);

  int64_t censuses() const { return censuses_; }
  const std::vector<LayerLife>& layers() const { return layers_; }
  int64_t units() const { return total(&LayerLife::units); }
  int64_t dead() const { return total(&LayerLife::dead); }
  int64_t born_dead() const { return total(&LayerLife::born_dead); }

 private:
  int64_t total(int64_t LayerLife::*what) const {
    int64_t n = 0;
    for (const LayerLife& l : layers_) n += l.*what;
    return n;
  }

  int64_t censuses_ = 0;
  std::vector<LayerLife> layers_;
  std::vector<std::vector<bool>> dead_;  // by layer and unit, at the last census
};

}  // namespace lively
