#pragma once

#include "lively/tensor/tensor.h"

namespace lively {

// Mean and variance (of all, not unbiased) of each channel of x [N, C, …] over all other axes: [C],
// in x's dtype. One pass over memory: chunks of 256 rows, twice each while they are in the L1
// cache, joined as Chan et al. (1979) do, so that a large mean does no harm; the same bits for any
// number of threads. Channels-last tensors and features are read where they lie.
struct Moments {
  Tensor mean, variance;
  int64_t count = 0;  // values a channel
};
Moments channel_moments(const Tensor& x);

}  // namespace lively
