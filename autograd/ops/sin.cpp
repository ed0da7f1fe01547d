#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// sin: y = sin x, same shape, by the C library.
Variable sin(const Variable& x) {
  return elementwise(
      "sin", [](auto v) { return math::sin(v); }, x);
}

// cos: y = cos x, same shape, by the C library.
Variable cos(const Variable& x) {
  return elementwise(
      "cos", [](auto v) { return math::cos(v); }, x);
}

}  // namespace lively
