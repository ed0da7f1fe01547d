#pragma once

#include <array>
#include <string>
#include <vector>

#include "lively/data/dataset.h"
#include "lively/data/subset.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Are these points in the plane, samples of two numbers?
bool is_plane(const Dataset& set);

// What a network makes of the plane at one step.
struct PlaneFrame {
  int64_t step = 0;
  double low = 0, high = 0;  // the square [low, high] x [low, high] that is shown
  // (w1, w2, b, dead) of each unit of the first rectifier: it fires where w1 x + w2 y + b > 0.
  std::vector<std::array<double, 4>> lines;
  int64_t side = 0;   // of the grid
  std::string field;  // the class at each place of the grid, a byte each, top row (highest y) first
};

// Draws a frame for data that lie in `box`; `dead` are the units of the first rectifier call that
// no sample of the census fires. The lines are measured, not read off: the first pre-activation is
// linear in the point, whatever stands before it (a Linear, a normalisation in evaluation mode), so
// three points determine it. Changes nothing. There are no lines where the model has no rectifier.
PlaneFrame plane_frame(
    Module& model, const DataBox& box, const std::vector<bool>& dead, int64_t step);

}  // namespace lively::lab
