#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"

namespace lively {

// cast: the same values as float32 or float64.  dX = dY, cast back.
Variable cast(const Variable& x, Dtype dtype) {
  check_defined("cast", x);
  if (!is_floating(dtype))
    fail<DtypeError>("cast: to ", name(dtype),
        ": needs float32 or float64; integers have no "
        "gradient, so convert data() itself");
  return differentiable("cast", x.data().to(dtype),
      grad(x, [from = x.dtype()](const Tensor& dy) { return dy.to(from); }));
}

}  // namespace lively
