// internal: the one pass over the inputs that prophecies need.
#pragma once

#include <cmath>
#include <vector>

#include "lively/nn/liveness/prophecy.h"

namespace lively::detail {

// A pre-activation in float64, and the sum of its terms' sizes, which bounds its rounding.
struct Firing {
  double z = 0, size = 0;
};
Firing fire(std::span<const float> row, bool has_bias, const std::vector<float>& x);

// A unit, and the direction in which its parameters will go; empty: none.
struct Path {
  const UnitRow* unit;
  std::vector<float> direction;
};

struct Glance {
  struct {
    int64_t sample = -1;
    std::vector<float> input;
    double z = -HUGE_VAL, size = 0;
  } highest;  // the input with the largest pre-activation
  struct {
    int64_t sample = -1;
    std::vector<float> input;
    double ratio = HUGE_VAL;  // z(p + ratio · direction) = 0; infinite: on no input
    double slope = 0, size = 0;
  } soonest;  // the one on which it fires first on its way
};
// With a dropout, the largest pre-activation that a choice of inputs can give: b + sum max(0, w x)
// / (1 - p).
std::vector<Glance> glance(
    const std::vector<Path>& paths, const VisitInputs& inputs, std::optional<double> dropout);

}  // namespace lively::detail
