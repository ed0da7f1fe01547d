#pragma once

#include "lively/data/dataset.h"

namespace lively {

// A picture, uint8 [C, H, W], at another size: each pixel is the mean of what it covers. Throws
// ShapeError.
Tensor resized(const Tensor& picture, int64_t height, int64_t width);
// All pictures of a set. Throws ValueError if its samples are no pictures held as bytes.
ImageDataset resized(const ImageDataset& set, int64_t height, int64_t width);

}  // namespace lively
