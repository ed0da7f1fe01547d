// internal: what a census reads off pre-activations, beside the counts.
#pragma once

#include "lively/nn/liveness/pulse.h"

namespace lively::detail {

// Adds, but for the rounding, what the pre-activations of samples first, first + 1, … tell of each
// unit.
void scan(UnitValues& values, const RectifierSite& site, const PreActivations& z, int64_t first);

// The slope below which an activation counts as flat: 1e-4 of its steepest.
double flat_slope(std::string_view op);

}  // namespace lively::detail
