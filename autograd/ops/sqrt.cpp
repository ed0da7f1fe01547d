#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {

// sqrt: y = √x, same shape; NaN below 0.  dX = dY / (2y), infinite at 0; y is saved, x is not
// needed.
Variable sqrt(const Variable& x) {
  Tensor y = map(
      "sqrt", [](auto v) { return math::sqrt(v); }, x.data());
  return differentiable("sqrt", y, grad(x, [y = Saved(y)](const Tensor& dy) {
    return map(
        "sqrt'", [](auto g, auto r) { return g / (r + r); }, dy, y.get());
  }));
}

}  // namespace lively
