// internal: what the losses over classes share.
#pragma once

#include "lively/tensor/tensor.h"

namespace lively::detail {

// Throws unless scores are [N, K], N >= 1, and target is int64 [N] with values in 0 … K - 1.
void check_class_target(const char* op, const Shape& scores, const Tensor& target);

}  // namespace lively::detail
