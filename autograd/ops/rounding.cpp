#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// floor: y = the largest whole number that is not above x, same shape.  dX = 0.
Variable floor(const Variable& x) {
  return elementwise(
      "floor", [](auto v) { return math::floor(v); }, x);
}

// ceil: y = the smallest whole number that is not below x, same shape.  dX = 0.
Variable ceil(const Variable& x) {
  return elementwise(
      "ceil", [](auto v) { return math::ceil(v); }, x);
}

// sign: y = 1 above 0, -1 below, same shape; 0 and NaN stay (PyTorch: NaN gives 0).  dX = 0.
Variable sign(const Variable& x) {
  return elementwise(
      "sign", [](auto v) { return math::sign(v); }, x);
}

}  // namespace lively
