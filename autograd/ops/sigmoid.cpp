#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/rectify.h"
#include "lively/tensor/math.h"

namespace lively {

// sigmoid: y = 1 / (1 + e^-x), same shape.  dX = dY · y (1 - y); y is saved, x is not needed.
Variable sigmoid(const Variable& x) {
  check_defined("sigmoid", x);
  const auto f = [](auto v) { return math::sigmoid(v); };
  const auto dx = [](const Tensor& dy, const Tensor& y) {
    return map(
        "sigmoid'", [](auto g, auto s) { return g * (s * (1 - s)); }, dy, y);
  };
  const detail::Observed seen("sigmoid", NegativeSide::flat, x.shape());
  Tensor y = map("sigmoid", f, x.data());
  if (seen.counts()) detail::count_units(*seen.counts(), x.data());
  if (seen.wants_values())
    seen.rectified(x.data(), y, [&] { return dx(Tensor::ones(y.shape(), y.dtype()), y); });
  return seen.activated(differentiable(
      "sigmoid", y, grad(x, [y = Saved(y), dx](const Tensor& dy) { return dx(dy, y.get()); })));
}

}  // namespace lively
