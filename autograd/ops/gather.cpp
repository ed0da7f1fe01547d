#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively {

// gather: for axis 0, y[i][j] = x[index[i][j]][j], and so on; the shape is that of the int64
// index.  dX = dY, added up at the places it came from.
Variable gather(const Variable& x, int axis, const Tensor& index) {
  check_defined("gather", x, index);
  return differentiable("gather", gather(x.data(), axis, index),
      grad(x, [s = x.shape(), axis, i = Saved(index)](const Tensor& dy) {
        Tensor dx = Tensor::zeros(s, dy.dtype());
        scatter_add(dx, axis, i.get(), dy);
        return dx;
      }));
}

// gather_rows: rows x[index[i], …] of axis 0, [V, …] by int64 [K] -> [K, …]: an embedding.
// dX = dY, each row added to the row it came from; 0 in the row `padding_idx`.
Variable gather_rows(
    const Variable& x, const Tensor& index, const char* op, std::optional<int64_t> padding_idx) {
  check_defined(op, x, index);
  if (padding_idx) {
    const int64_t rows = x.rank() ? x.shape()[0] : 0;
    if (*padding_idx < -rows || *padding_idx >= rows)
      fail<ValueError>(op, ": padding index ", *padding_idx, ": needs ", -rows, " to ", rows - 1);
  }
  return differentiable(op, gather_rows(x.data(), index, op),
      grad(x, [s = x.shape(), i = Saved(index), padding_idx](const Tensor& dy) {
        Tensor dx = Tensor::zeros(s, dy.dtype());
        index_add(dx, i.get(), dy);
        if (padding_idx) dx.select(0, *padding_idx).fill(0);
        return dx;
      }));
}

}  // namespace lively
