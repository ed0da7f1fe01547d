#pragma once

#include "lively/tensor/tensor.h"

namespace lively {

// A picture, uint8 [C, H, W], at another size: each pixel is the mean of what it covers. Throws
// ShapeError.
Tensor resized(const Tensor& picture, int64_t height, int64_t width);

}  // namespace lively
