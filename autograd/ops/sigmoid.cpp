#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {

// sigmoid: y = 1 / (1 + e^-x), same shape.  dX = dY · y (1 - y); y is saved, x is not needed.
Variable sigmoid(const Variable& x) {
  Tensor y = map("sigmoid", [](auto v) { return math::sigmoid(v); }, x.data());
  return differentiable("sigmoid", y, grad(x, [y = Saved(y)](const Tensor& dy) {
    return map("sigmoid'", [](auto g, auto s) { return g * (s * (1 - s)); }, dy, y.get());
  }));
}

}  // namespace lively
