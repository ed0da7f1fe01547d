#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// log: y = ln x, same shape; -inf at 0, NaN below.  dX = dY / x.
Variable log(const Variable& x) {
  return elementwise(
      "log", [](auto v) { return math::log(v); }, x);
}

// log1p: y = ln(1 + x), same shape, to the last digits near 0 too; -inf at -1, NaN below.
Variable log1p(const Variable& x) {
  return elementwise(
      "log1p", [](auto v) { return math::log1p(v); }, x);
}

}  // namespace lively
