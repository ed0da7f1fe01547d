#include <cmath>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/lines.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// Lines of the last `features` numbers, row-major.
Tensor as_lines(const Tensor& x, int64_t features) {
  return x.reshape(Shape{-1, features}).contiguous();
}

struct Spread {
  Tensor mean, inverse_deviation;  // of each line
};

template <class T>
Tensor normalise(const Tensor& x, const T* weight, const T* bias, double eps, Spread& spread) {
  const int64_t lines = x.shape()[0];
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  spread = {Tensor::empty({lines}, x.dtype()), Tensor::empty({lines}, x.dtype())};
  detail::for_lines(x, [=, from = x.data<T>(), to = y.mutable_data<T>(),
                           m = spread.mean.mutable_data<T>(),
                           d = spread.inverse_deviation.mutable_data<T>()](int64_t at, int64_t n) {
    detail::vectorised<T>([=, p = from + at, q = to + at, line = at / n] {
      const T mean = detail::sum_line<T>(n, [=](int64_t i) { return p[i]; }) / static_cast<T>(n);
      const T square =
          detail::sum_line<T>(n, [=](int64_t i) { return (p[i] - mean) * (p[i] - mean); });
      const T inverse = T(1) / std::sqrt(square / static_cast<T>(n) + static_cast<T>(eps));
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - mean) * inverse * weight[i] + bias[i];
      m[line] = mean;
      d[line] = inverse;
    });
  });
  return y;
}

template <class T>
std::vector<Tensor> gradients(
    const Tensor& dy, const Tensor& x, const T* weight, const Spread& spread) {
  const int64_t lines = x.shape()[0], n = x.shape()[1];
  Tensor dx = Tensor::empty(x.shape(), x.dtype());
  // Lines are summed in eight parts, whatever the threads.
  const int64_t parts = std::min<int64_t>(8, std::max<int64_t>(1, lines));
  Tensor dw = Tensor::zeros({parts, n}, x.dtype()), db = Tensor::zeros({parts, n}, x.dtype());
  parallel_for(parts, std::max<int64_t>(1, 16384 * parts / std::max<int64_t>(1, x.numel())),
      [&, gw = dw.mutable_data<T>(), gb = db.mutable_data<T>(), to = dx.mutable_data<T>()](
          int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part) {
          for (int64_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line) {
            detail::vectorised<T>([=, g = dy.data<T>() + line * n, p = x.data<T>() + line * n,
                                      q = to + line * n, w = gw + part * n, b = gb + part * n,
                                      mean = spread.mean.data<T>()[line],
                                      inverse = spread.inverse_deviation.data<T>()[line]] {
              const T pull = detail::sum_line<T>(n, [=](int64_t i) { return g[i] * weight[i]; }) /
                             static_cast<T>(n);
              const T turn = detail::sum_line<T>(n, [=](int64_t i) {
                return g[i] * weight[i] * (p[i] - mean);
              }) * inverse / static_cast<T>(n);
              for (int64_t i = 0; i < n; ++i) w[i] += g[i] * ((p[i] - mean) * inverse);
              for (int64_t i = 0; i < n; ++i) b[i] += g[i];
              for (int64_t i = 0; i < n; ++i)
                q[i] = inverse * (g[i] * weight[i] - pull - (p[i] - mean) * inverse * turn);
            });
          }
        }
      });
  return {dx, sum(dw, {0}), sum(db, {0})};
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
  Spread spread;
  Tensor y = visit_float("layer_norm", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return normalise(lines, w.data<T>(), b.data<T>(), eps, spread);
  });
  return differentiable("layer_norm", y.reshape(x.shape()),
      grads({x, weight, bias}, [lines = Saved(lines), w = Saved(w), mean = Saved(spread.mean),
                                   inverse = Saved(spread.inverse_deviation), shape = x.shape(),
                                   affine = weight.shape()](const Tensor& dy, const Wanted&) {
        return visit_float("layer_norm'", dy.dtype(), [&](auto zero) {
          using T = decltype(zero);
          auto g = gradients(as_lines(dy, affine.numel()), lines.get(), w.get().data<T>(),
              {mean.get(), inverse.get()});
          return std::vector<Tensor>{
              g[0].reshape(shape), g[1].reshape(affine), g[2].reshape(affine)};
        });
      }));
}

}  // namespace lively
