#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// clamp: y = x, held to [low, high], same shape.  dX = dY where low <= x <= high, else 0: the
// bounds themselves count as inside, as in PyTorch. NaN stays. Either bound may be infinite.
Variable clamp(const Variable& x, double low, double high) {
  if (!(low <= high)) fail<ValueError>("clamp: ", low, " to ", high, ": needs low <= high");
  return elementwise(
      "clamp",
      [low, high](auto v) {
        using V = decltype(v);
        using T = math::scalar<V>;
        return math::select(v < T(low), V(T(low)), math::select(v > T(high), V(T(high)), v));
      },
      x);
}

}  // namespace lively
