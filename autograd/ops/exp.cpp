#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {

// exp: y = e^x, same shape.  dX = dY · y; y is saved, x is not needed.
Variable exp(const Variable& x) {
  Tensor y = map(
      "exp", [](auto v) { return math::exp(v); }, x.data());
  return differentiable("exp", y, grad(x, [y = Saved(y)](const Tensor& dy) {
    return map(
        "exp'", [](auto g, auto e) { return g * e; }, dy, y.get());
  }));
}

}  // namespace lively
