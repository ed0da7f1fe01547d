#pragma once

#include <vector>

#include "lively/tensor/conv.h"

namespace lively {

struct PoolOptions {
  Pair kernel;
  Pair stride = 0;            // 0: the kernel's size, windows side by side
  Pair padding = 0;           // at most half the kernel
  bool count_padding = true;  // average: over all of the kernel's places, also outside the picture
};

// Which rows and columns of a picture [H, W] each result [OH, OW] sees, and what its sum is divided
// by to make an average.
struct PoolWindows {
  struct Range {
    int64_t begin, end;
  };
  std::vector<Range> rows, columns;
  int64_t divisor = 0;  // 0: as many as there are in the window
};
// Windows of one size; OH = (H + 2 padding - kernel) / stride + 1. Throws ShapeError or ValueError.
PoolWindows pool_windows(const char* op, const Shape& x, const PoolOptions& options);
// Windows that cut the picture into `out` parts as even as can be, as PyTorch's adaptive pools do.
PoolWindows adaptive_windows(const char* op, const Shape& x, Pair out);

// Pictures [N, C, H, W] of any strides -> [N, C, OH, OW], channels-last. NaN wins a maximum. A
// maximum's gradient goes to the first place that has it, row by row; windows may overlap.
Tensor max_pool(const Tensor& x, const PoolWindows& windows);
Tensor max_pool_gradient(
    const Tensor& dy, const Tensor& x, const Tensor& y, const PoolWindows& windows);
Tensor avg_pool(const Tensor& x, const PoolWindows& windows);
Tensor avg_pool_gradient(const Tensor& dy, const Shape& x, const PoolWindows& windows);

}  // namespace lively
