#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// expm1: y = e^x - 1, same shape, to the last digits near 0 too.
Variable expm1(const Variable& x) {
  return elementwise(
      "expm1", [](auto v) { return math::expm1(v); }, x);
}

}  // namespace lively
