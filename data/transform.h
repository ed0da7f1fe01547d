#pragma once

#include <functional>
#include <vector>

#include "lively/tensor/random.h"
#include "lively/tensor/tensor.h"

namespace lively {

// Changes a batch of pictures [N, C, H, W], float32, as it is loaded. Draws from `stream`, which is
// the batch's own: the same epoch and batch give the same pictures.
using Transform = std::function<void(Tensor& pictures, Stream& stream)>;

// (x - mean) / deviation for each channel. Throws ValueError unless there is one deviation above 0
// for each mean; the transform throws ShapeError for pictures with another number of channels.
Transform normalize(std::vector<double> mean, std::vector<double> deviation);
// Moves each picture by up to `pixels` in both directions, zeros coming in: cropping it at random
// out of a larger one with a border of zeros (He et al. 2016, section 4.2). Throws ValueError if
// pixels < 0.
Transform pad_crop(int64_t pixels);
// Mirrors each picture left to right with this probability. Throws ValueError unless 0 <= p <= 1.
Transform horizontal_flip(double p = 0.5);
// One after the other.
Transform compose(std::vector<Transform> transforms);

}  // namespace lively
