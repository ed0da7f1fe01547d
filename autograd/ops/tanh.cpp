#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/rectify.h"
#include "lively/tensor/math.h"

namespace lively {

// tanh: y = tanh(x), same shape.  dX = dY · (1 - y²); y is saved, x is not needed.
Variable tanh(const Variable& x) {
  check_defined("tanh", x);
  const auto f = [](auto v) { return math::tanh(v); };
  const auto dx = [](const Tensor& dy, const Tensor& y) {
    return map(
        "tanh'", [](auto g, auto t) { return g * (1 - t * t); }, dy, y);
  };
  const detail::Observed seen("tanh", NegativeSide::flat, x.shape());
  Tensor y = map("tanh", f, x.data());
  if (seen.counts()) detail::count_units(*seen.counts(), x.data());
  if (seen.wants_values())
    seen.rectified(x.data(), y, [&] { return dx(Tensor::ones(y.shape(), y.dtype()), y); });
  return seen.activated(differentiable(
      "tanh", y, grad(x, [y = Saved(y), dx](const Tensor& dy) { return dx(dy, y.get()); })));
}

}  // namespace lively
