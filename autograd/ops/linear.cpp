#include <algorithm>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

void check(const Variable& x, const Variable& weight, const Variable& bias) {
  check_defined("linear", x, weight);
  const Shape &in = x.shape(), &w = weight.shape();
  if (in.rank() < 1 || w.rank() != 2 || in[in.rank() - 1] != w[1])
    fail<ShapeError>("linear: ", in, " by weight ", w, ": needs [..., in] by [out, in]");
  if (!bias.defined()) return;
  const Shape& b = bias.shape();
  if (b.rank() != 1 || b[0] != w[0])
    fail<ShapeError>("linear: bias ", b, " for weight ", w, ": needs [out]");
}

constexpr int64_t kBlock = 1024;  // elements that are worth a copy of their own

// The bias in every row: the product is then added to it, without a pass of its own. Rows may be
// short, so what is copied doubles up to a block.
Tensor rows_of(const Tensor& bias, int64_t rows) {
  Tensor y = Tensor::empty(Shape{rows, bias.numel()}, bias.dtype());
  visit_float("linear", bias.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Tensor row = bias.contiguous();
    const auto b = row.values<T>();
    const auto width = static_cast<int64_t>(b.size());
    if (rows == 0 || width == 0) return;
    T* const first = y.mutable_data<T>();
    std::ranges::copy(b, first);
    const int64_t most = std::max<int64_t>(1, kBlock / width);
    for (int64_t done = 1; done < rows;) {
      const int64_t n = std::min({done, rows - done, most});
      std::copy_n(first, n * width, first + done * width);
      done += n;
    }
  });
  return y;
}

}  // namespace

// linear: x […, in], weight [out, in], bias [out] -> y = x·weightᵀ + bias […, out].
// dX = dY·weight, dWeight = dYᵀ·x, dBias = Σ dY over N.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias) {
  check(x, weight, bias);
  if (x.rank() != 2) {
    Shape shape = x.shape();
    shape[x.rank() - 1] = weight.shape()[0];
    return reshape(linear(reshape(x, {-1, weight.shape()[1]}), weight, bias), shape);
  }
  const auto dx = [w = Saved(weight.data())](const Tensor& dy) { return gemm(dy, w.get()); };
  const auto dw = [x = Saved(x.data())](const Tensor& dy) { return gemm(dy.t(), x.get()); };
  Tensor y;
  if (bias.defined()) {
    y = rows_of(bias.data(), x.shape()[0]);
    gemm_into(y, x.data(), weight.data().t(), 1, "linear");
  } else {
    y = gemm(x.data(), weight.data().t());
  }
  if (detail::wants_derivations())
    detail::t_observation.listener->derived({.kind = Derivation::Kind::linear,
        .result = y,
        .x = x.data(),
        .weight = weight.data(),
        .bias = bias.defined() ? bias.data() : Tensor()});
  if (!bias.defined()) return differentiable("linear", std::move(y), grad(x, dx), grad(weight, dw));
  return differentiable("linear", std::move(y), grad(x, dx), grad(weight, dw),
      grad(bias, [](const Tensor& dy) { return sum(dy, {0}); }));
}

}  // namespace lively
