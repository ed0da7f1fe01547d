#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/reduced.h"
#include "lively/tensor/map.h"
#include "lively/tensor/reduce.h"

namespace lively {

// sum over `axes` (none: all).  dX = dY, repeated along them.
Variable sum(const Variable& x, Axes axes, bool keepdim) {
  check_defined("sum", x);
  const Shape k = detail::kept_shape("sum", x.shape(), axes);
  return differentiable("sum", sum(x.data(), axes, keepdim),
      grad(x, [k, s = x.shape()](const Tensor& dy) { return dy.reshape(k).expand(s); }));
}

// mean over `axes` (none: all).  dX = dY / n, repeated along them.
Variable mean(const Variable& x, Axes axes, bool keepdim) {
  check_defined("mean", x);
  const Shape k = detail::kept_shape("mean", x.shape(), axes);
  const double n = detail::reduced_count(x.shape(), k);
  return differentiable(
      "mean", mean(x.data(), axes, keepdim), grad(x, [k, n, s = x.shape()](const Tensor& dy) {
        return map(
            "mean'", [n](auto g) { return g / decltype(g)(n); }, dy)
            .reshape(k)
            .expand(s);
      }));
}

}  // namespace lively
