#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// softsign: y = x / (1 + |x|), same shape.
Variable softsign(const Variable& x) {
  return elementwise(
      "softsign",
      [](auto v) {
        using T = math::scalar<decltype(v)>;
        return v / (T(1) + math::abs(v));
      },
      x);
}

}  // namespace lively
