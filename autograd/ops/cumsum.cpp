#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively {

// cumsum: y[i] = Σ x[j] over j <= i along an axis.  dX[j] = Σ dY[i] over i >= j.
Variable cumsum(const Variable& x, int axis) {
  return differentiable("cumsum", cumsum(x.data(), axis),
      grad(x, [axis](const Tensor& dy) { return cumsum(dy, axis, true); }));
}

}  // namespace lively
