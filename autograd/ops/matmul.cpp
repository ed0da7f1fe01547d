#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/gemm.h"

namespace lively {

// matmul: […, M, K] x […, K, N] -> […, M, N].  dA = dY·Bᵀ, dB = Aᵀ·dY.
Variable matmul(const Variable& a, const Variable& b) {
  return differentiable(
      "matmul", gemm(a.data(), b.data()),
      grad(a, [b = Saved(b.data())](const Tensor& dy) { return gemm(dy, b.get().t()); }),
      grad(b, [a = Saved(a.data())](const Tensor& dy) { return gemm(a.get().t(), dy); }));
}

}  // namespace lively
