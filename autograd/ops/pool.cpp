#include "lively/tensor/pool.h"

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"

namespace lively {
namespace {

// dX = dY at the first place of each window that has the maximum.
Variable max_over(const char* op, const Variable& x, const PoolWindows& windows) {
  Tensor y = max_pool(x.data(), windows);
  return differentiable(
      op, y, grad(x, [x = Saved(x.data()), y = Saved(y), windows](const Tensor& dy) {
        return max_pool_gradient(dy, x.get(), y.get(), windows);
      }));
}

// dX = dY / number of places, at each place of each window.
Variable average_over(const char* op, const Variable& x, const PoolWindows& windows) {
  return differentiable(
      op, avg_pool(x.data(), windows), grad(x, [s = x.shape(), windows](const Tensor& dy) {
        return avg_pool_gradient(dy, s, windows);
      }));
}

}  // namespace

Variable max_pool2d(const Variable& x, const PoolOptions& options) {
  check_defined("max_pool2d", x);
  return max_over("max_pool2d", x, pool_windows("max_pool2d", x.shape(), options));
}

Variable avg_pool2d(const Variable& x, const PoolOptions& options) {
  check_defined("avg_pool2d", x);
  return average_over("avg_pool2d", x, pool_windows("avg_pool2d", x.shape(), options));
}

Variable adaptive_max_pool2d(const Variable& x, Pair out) {
  check_defined("adaptive_max_pool2d", x);
  return max_over(
      "adaptive_max_pool2d", x, adaptive_windows("adaptive_max_pool2d", x.shape(), out));
}

Variable adaptive_avg_pool2d(const Variable& x, Pair out) {
  check_defined("adaptive_avg_pool2d", x);
  return average_over(
      "adaptive_avg_pool2d", x, adaptive_windows("adaptive_avg_pool2d", x.shape(), out));
}

}  // namespace lively
