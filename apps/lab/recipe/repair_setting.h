#pragma once

#include <cstdint>
#include <string>

#include "lively/nn/liveness/surgery.h"

namespace lively::lab {

// What --repair does before each epoch but the first: which units it draws anew, and how.
//
//   dead[:SHARE]    the dead ones, by he_uniform, with a bias by which they fire on that share of
//                   the census set (0.5)
//   redo[:TAU]      those with a dormancy of at most TAU (0.025), by glorot_uniform with a bias
//                   of 0, as Sokar et al. 2023 published it
//   random[:SHARE]  as many units as are dead, of the same layer, that are not: what drawing anew
//                   does by itself
struct RepairSetting {
  enum class Units : uint8_t { dead, dormant, alive };
  Units units = Units::dead;
  double tau = 0;  // of the dormant
  Redraw how{};

  // Throws ValueError: the text, and what would do.
  static RepairSetting parse(const std::string& text);
};

}  // namespace lively::lab
