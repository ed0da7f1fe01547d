#pragma once

#include "lively/nn/liveness/census.h"

namespace lively::testing {

// Normal deviates of their own stream.
Tensor points(const Shape& shape, uint64_t index = 0);

// The rows of x, so many at a time.
NextInputs in_batches(const Tensor& x, int64_t rows);

// Takes the census of x in batches of several sizes and checks counts and values of every unit
// against a plain recount in float64 of the pre-activations of one batch.
void check_census(Module& model, const Tensor& x);

}  // namespace lively::testing
