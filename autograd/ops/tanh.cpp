#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {

// tanh: y = tanh(x), same shape.  dX = dY · (1 - y²); y is saved, x is not needed.
Variable tanh(const Variable& x) {
  Tensor y = map("tanh", [](auto v) { return math::tanh(v); }, x.data());
  return differentiable("tanh", y, grad(x, [y = Saved(y)](const Tensor& dy) {
    return map("tanh'", [](auto g, auto t) { return g * (1 - t * t); }, dy, y.get());
  }));
}

}  // namespace lively
