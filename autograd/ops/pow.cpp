#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// pow: y = x^p with a constant exponent, same shape; NaN for x < 0 unless p is whole.
// dX = dY · p x^(p - 1), and 0 for p = 0.
Variable pow(const Variable& x, double exponent) {
  return elementwise(
      "pow",
      [exponent](auto v) {
        using T = math::scalar<decltype(v)>;
        return math::pow(v, T(exponent));
      },
      x);
}

// pow: y = x^p, broadcast.  dX = dY · p x^(p - 1), 0 where p is 0; dP = dY · x^p ln x, 0 where x is
// 0 and p is not below 0.
Variable pow(const Variable& x, const Variable& exponent) {
  return elementwise(
      "pow", [](auto v, auto p) { return math::pow(v, p); }, x, exponent);
}

// square: y = x², same shape, one multiplication.  dX = dY · 2x.
Variable square(const Variable& x) {
  return elementwise(
      "square", [](auto v) { return v * v; }, x);
}

}  // namespace lively
