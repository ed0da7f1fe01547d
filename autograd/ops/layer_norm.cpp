#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/line_norm.h"

namespace lively {
namespace {

// Lines of the last `features` numbers, row-major.
Tensor as_lines(const Tensor& x, int64_t features) {
  return x.reshape(Shape{-1, features}).contiguous();
}

}  // namespace

// layer_norm: y = weight (x - mean) / sqrt(variance + eps) + bias, moments over the last axes,
// those that weight and bias have (Ba et al. 2016).  With x^ the normalised x and g = dY · weight:
// dX = (g - mean g - x^ · mean(g x^)) / deviation, dWeight = Σ dY x^, dBias = Σ dY.
Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias, double eps) {
  check_defined("layer_norm", x, weight, bias);
  const int missing = x.rank() - weight.rank();
  bool fits =
      missing >= 0 && weight.shape() == bias.shape() && weight.numel() > 0 && weight.rank() > 0;
  for (int i = 0; fits && i < weight.rank(); ++i)
    fits = weight.shape()[i] == x.shape()[missing + i];
  if (!fits)
    fail<ShapeError>("layer_norm: ", x.shape(), " with weight ", weight.shape(), " and bias ",
        bias.shape(), ": needs x's last sizes");
  if (x.dtype() != weight.dtype() || x.dtype() != bias.dtype())
    fail<DtypeError>("layer_norm: ", name(x.dtype()), ", ", name(weight.dtype()), " and ",
        name(bias.dtype()), ": needs one dtype");
  const Tensor lines = as_lines(x.data(), weight.numel());
  const Tensor w = weight.data().contiguous(), b = bias.data().contiguous();
  detail::LineSpread spread;
  Tensor y = visit_float("layer_norm", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::normalise_lines(lines, 1, w.data<T>(), b.data<T>(), eps, spread);
  });
  return differentiable("layer_norm", y.reshape(x.shape()),
      grads({x, weight, bias}, [lines = Saved(lines), w = Saved(w), mean = Saved(spread.mean),
                                   inverse = Saved(spread.inverse_deviation), shape = x.shape(),
                                   affine = weight.shape()](const Tensor& dy, const Wanted&) {
        return visit_float("layer_norm'", dy.dtype(), [&](auto zero) {
          using T = decltype(zero);
          auto g = detail::line_gradients(as_lines(dy, affine.numel()), lines.get(), 1,
              w.get().data<T>(), {mean.get(), inverse.get()});
          return std::vector<Tensor>{
              g[0].reshape(shape), g[1].reshape(affine), g[2].reshape(affine)};
        });
      }));
}

}  // namespace lively
