#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"
#include "lively/tensor/reduce.h"

namespace lively {

// mse_loss: mean of (x - target)² over all elements, [].  dX = dY · 2 (x - target) / n.
Variable mse_loss(const Variable& x, const Tensor& target, Reduction reduction) {
  check_defined("mse_loss", x, target);
  if (x.shape() != target.shape())
    fail<ShapeError>("mse_loss: ", x.shape(), " and target ", target.shape(), ": must be equal");
  if (reduction != Reduction::mean) {
    const Variable squares = square(x - Variable(target));
    return reduction == Reduction::sum ? sum(squares) : squares;
  }
  const Tensor error = map(
      "mse_loss", [](auto v, auto t) { return v - t; }, x.data(), target);
  const Tensor squares = map(
      "mse_loss", [](auto e) { return e * e; }, error);
  return differentiable(
      "mse_loss", mean(squares), grad(x, [error = Saved(error)](const Tensor& dy) {
        const double scale = 2.0 / static_cast<double>(error.get().numel());
        return map(
            "mse_loss'", [scale](auto g, auto e) { return g * decltype(e)(scale) * e; }, dy,
            error.get());
      }));
}

}  // namespace lively
