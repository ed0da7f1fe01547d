#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// abs: y = |x|, same shape.  dX = dY · sign(x), 0 at 0.
Variable abs(const Variable& x) {
  return elementwise(
      "abs", [](auto v) { return math::abs(v); }, x);
}

}  // namespace lively
