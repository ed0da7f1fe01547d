#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/gemm.h"

namespace lively {

// matmul: […, M, K] x […, K, N] -> […, M, N].  dA = dY·Bᵀ, dB = Aᵀ·dY. A vector counts as one
// row on the left, as one column on the right, and that axis goes again.
Variable matmul(const Variable& a, const Variable& b) {
  check_defined("matmul", a, b);
  if (a.rank() == 1) {
    Variable y = matmul(reshape(a, {1, a.numel()}), b);
    return select(y, y.rank() == 1 ? 0 : -2, 0);
  }
  if (b.rank() == 1) return select(matmul(a, reshape(b, {b.numel(), 1})), -1, 0);
  return differentiable("matmul", gemm(a.data(), b.data()),
      grad(a, [b = Saved(b.data())](const Tensor& dy) { return gemm(dy, b.get().t()); }),
      grad(b, [a = Saved(a.data())](const Tensor& dy) { return gemm(a.get().t(), dy); }));
}

}  // namespace lively
