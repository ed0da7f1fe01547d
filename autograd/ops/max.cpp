#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/reduced.h"
#include "lively/tensor/map.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// dY to the elements that are the result y, in equal shares where several are. A NaN among
// them is the result, and takes the gradient.
auto to_the_best(const char* name, const Variable& x, const Tensor& y, const Shape& kept) {
  return grad(x, [name, kept, x = Saved(x.data()), y = Saved(y)](const Tensor& dy) {
    const Tensor hit = map(
        name,
        [](auto v, auto best) {
          using T = decltype(v);
          return v == best || v != v ? T(1) : T(0);
        },
        x.get(), y.get().reshape(kept));
    return map(
        name,
        [](auto g, auto h, auto hits) {
          using T = decltype(g);
          return h == T(0) ? T(0) : g / hits;
        },
        dy.reshape(kept), hit, sum_to(hit, kept));
  });
}

}  // namespace

// max over `axes` (none: all).  dX = dY where x is the largest, shared evenly by equals.
Variable max(const Variable& x, Axes axes, bool keepdim) {
  check_defined("max", x);
  const Shape kept = detail::kept_shape("max", x.shape(), axes);
  Tensor y = max(x.data(), axes, keepdim);
  return differentiable("max", y, to_the_best("max'", x, y, kept));
}

// min over `axes` (none: all).  dX = dY where x is the smallest, shared evenly by equals.
Variable min(const Variable& x, Axes axes, bool keepdim) {
  check_defined("min", x);
  const Shape kept = detail::kept_shape("min", x.shape(), axes);
  Tensor y = min(x.data(), axes, keepdim);
  return differentiable("min", y, to_the_best("min'", x, y, kept));
}

}  // namespace lively
