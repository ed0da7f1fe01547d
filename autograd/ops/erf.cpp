#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {

// erf: y = 2/√π ∫₀ˣ e^(-t²) dt, same shape.
Variable erf(const Variable& x) {
  return elementwise(
      "erf", [](auto v) { return math::erf(v); }, x);
}

}  // namespace lively
