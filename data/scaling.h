#pragma once

#include <cstdint>
#include <vector>

#include "lively/tensor/tensor.h"

namespace lively {

// What makes numbers of all sizes alike: feature by feature, (x - mean) / scale. Empty: nothing is
// done.
struct Scaling {
  std::vector<double> mean, scale;  // a pair for each number of a sample; scales are above 0

  bool empty() const { return mean.empty(); }
  bool operator==(const Scaling&) const = default;
};

// The mean of each feature of inputs [N, …], float32 or float64, and its standard deviation (that
// of the N samples themselves: divided by N). A feature that is the same everywhere has scale 1,
// and so becomes 0. Throws DtypeError, or ValueError if N is 0.
[[nodiscard]] Scaling standard_scaling(const Tensor& inputs);

// How many features of a scaling are the same everywhere on these inputs.
int64_t constant_features(const Tensor& inputs);

// Inputs [N, …], float32 or float64, so scaled, float32. Computed in float64, so that a mean that
// is large beside the deviation takes no digits away. Throws DtypeError, or ShapeError if a sample
// has more or fewer numbers than the scaling.
[[nodiscard]] Tensor standardised(const Tensor& inputs, const Scaling& scaling);

}  // namespace lively
