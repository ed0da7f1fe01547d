#pragma once

#include <vector>

#include "lively/tensor/conv.h"

namespace lively {

struct PoolOptions {
  Pair kernel;
  Pair stride = 0;            // 0: the kernel's size, windows side by side
  Pair padding = 0;           // at most half of what the kernel spans
  bool count_padding = true;  // average: over the padding's places too
  Pair dilation = 1;          // distance of neighbouring places
  // A window that the last step leads out of the padded picture counts too, if it begins inside or
  // in the padding before.
  bool ceil_mode = false;
  Pair padding_after = -1;  // below and to the right; -1: as `padding`
  int64_t divisor = 0;      // average: what sums are divided by; 0: the number of places
};

// Which rows and columns of a picture [H, W] each result [OH, OW] sees, and what its sum is divided
// by to make an average.
struct PoolWindows {
  struct Range {
    int64_t begin, end;   // begin, begin + step, … below end, all inside the picture; may be none
    int64_t counted = 0;  // places that an average counts
    int64_t step = 1;
  };
  std::vector<Range> rows, columns;
  int64_t divisor = 0;  // 0: as many as are counted
};
// Windows of one size, as PyTorch has them: OH = (H + padding + padding_after - dilation (KH - 1) -
// 1) / stride + 1, rounded down, or up by `ceil_mode`. Throws ShapeError or ValueError.
PoolWindows pool_windows(const char* op, const Shape& x, const PoolOptions& options);
// Windows that cut the picture into `out` parts as even as can be, as PyTorch's adaptive pools do.
PoolWindows adaptive_windows(const char* op, const Shape& x, Pair out);

// Pictures [N, C, H, W] of any strides -> [N, C, OH, OW], channels-last. NaN wins a maximum. A
// maximum's gradient goes to the first place that has it, row by row; windows may overlap. Where
// all of a window's places are padding, the maximum is -inf and the average 0.
Tensor max_pool(const Tensor& x, const PoolWindows& windows);
Tensor max_pool_gradient(
    const Tensor& dy, const Tensor& x, const Tensor& y, const PoolWindows& windows);
Tensor avg_pool(const Tensor& x, const PoolWindows& windows);
Tensor avg_pool_gradient(const Tensor& dy, const Shape& x, const PoolWindows& windows);

}  // namespace lively
