#include <algorithm>
#include <cmath>

#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// clamp: y = x, held to [low, high], same shape.  dX = dY where low <= x <= high, else 0: the
// bounds themselves count as inside, as in PyTorch. NaN stays, with slope 0. Either bound may be
// infinite; where low is above high every number becomes high.
Variable clamp(const Variable& x, double low, double high) {
  if (std::isnan(low) || std::isnan(high))
    fail<ValueError>("clamp: ", low, " to ", high, ": needs two numbers");
  return elementwise(
      "clamp",
      [low, high, lowest = std::min(low, high)](auto v) {
        using V = decltype(v);
        using T = math::scalar<V>;
        const V number = math::select(v <= T(high), v, v * T(0));  // else NaN, and flat
        return math::select(
            v < T(low), V(T(lowest)), math::select(v > T(high), V(T(high)), number));
      },
      x);
}

}  // namespace lively
