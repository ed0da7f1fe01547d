#pragma once

#include <vector>

#include "apps/lab/run/events.h"
#include "lively/data/subset.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Draws a frame for data that lie in `box`; `dead` are the units of the first rectifier call that
// no sample of the census fires. The lines are measured, not read off: the first pre-activation is
// linear in the point, whatever stands before it (a Linear, a normalisation in evaluation mode), so
// three points determine it. Changes nothing. There are no lines where the model has no rectifier.
PlaneFrame plane_frame(
    Module& model, const DataBox& box, const std::vector<bool>& dead, int64_t step);

}  // namespace lively::lab
