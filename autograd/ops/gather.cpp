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
// dX = dY, each row added to the row it came from.
Variable gather_rows(const Variable& x, const Tensor& index, const char* op) {
  check_defined(op, x, index);
  return differentiable(op, gather_rows(x.data(), index, op),
      grad(x, [s = x.shape(), i = Saved(index)](const Tensor& dy) {
        Tensor dx = Tensor::zeros(s, dy.dtype());
        index_add(dx, i.get(), dy);
        return dx;
      }));
}

}  // namespace lively
