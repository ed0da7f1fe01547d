#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/isa.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

void check_affine(const Variable& x, const Variable& weight, const Variable& bias) {
  check_defined("affine", x, weight, bias);
  const Shape &w = weight.shape(), &in = x.shape();
  if (w.rank() != 3 || (in.rank() != 2 && in.rank() != 3) || in[in.rank() - 2] != w[2] ||
      (in.rank() == 3 && in[0] != w[0]))
    fail<ShapeError>(
        "affine: ", in, " by weight ", w, ": needs [in, N] or [M, in, N] by [M, out, in]");
  if (bias.shape() != Shape{w[0], w[1]})
    fail<ShapeError>("affine: bias ", bias.shape(), " for weight ", w, ": needs [M, out]");
}

// Each bias n times: the product is then added to it.
Tensor side_by_side(const Tensor& bias, int64_t n) {
  Tensor y = Tensor::empty(Shape{bias.shape()[0], bias.shape()[1], n}, bias.dtype());
  visit_float("affine", bias.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Tensor values = bias.contiguous();
    detail::vectorised<T>(
        [from = values.data<T>(), to = y.mutable_data<T>(), rows = bias.numel(), n] {
          for (int64_t i = 0; i < rows; ++i)
            for (int64_t j = 0; j < n; ++j) to[i * n + j] = from[i];
        });
  });
  return y;
}

}  // namespace

// affine: x [M, in, N] or [in, N], weight [M, out, in], bias [M, out] -> y = weight·x + bias
// [M, out, N].  dX = weightᵀ·dY, dWeight = dY·xᵀ, dBias = Σ dY over N.
Variable affine(const Variable& x, const Variable& weight, const Variable& bias) {
  check_affine(x, weight, bias);
  Tensor y = side_by_side(bias.data(), x.size(-1));
  gemm_into(y, weight.data(), x.data(), 1, "affine");
  return differentiable("affine", std::move(y),
      grad(x, [w = Saved(weight.data())](const Tensor& dy) { return gemm(w.get().t(), dy); }),
      grad(weight, [x = Saved(x.data())](const Tensor& dy) { return gemm(dy, x.get().t()); }),
      grad(bias, [](const Tensor& dy) { return sum(dy, {2}); }));
}

}  // namespace lively
