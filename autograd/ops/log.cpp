#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// log: y = ln x, same shape; -inf at 0, NaN below.  dX = dY / x.
Variable log(const Variable& x) {
  return elementwise(
      "log", [](auto v) { return math::log(v); }, x);
}

}  // namespace lively
