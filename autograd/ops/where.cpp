#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively {

// where: a where the uint8 mask is not 0, else b; all three broadcast.  dA = dY where the mask
// is not 0, else 0; dB the other way round. What is not chosen passes nothing on, NaN neither.
Variable where(const Tensor& mask, const Variable& a, const Variable& b) {
  check_defined("where", mask, a, b);
  const auto zero = [](const Tensor& dy) { return Tensor::zeros(Shape{}, dy.dtype()); };
  return differentiable("where", where(mask, a.data(), b.data()),
      grad(a, [m = Saved(mask), zero](const Tensor& dy) { return where(m.get(), dy, zero(dy)); }),
      grad(b, [m = Saved(mask), zero](const Tensor& dy) { return where(m.get(), zero(dy), dy); }));
}

}  // namespace lively
