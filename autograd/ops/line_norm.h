// internal: normalisation of lines that lie side by side in memory, for layer_norm, whose lines are
// all of one kind, and group_norm of samples without positions, whose groups are lines by turns.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "lively/autograd/ops/lines.h"
#include "lively/tensor/reduce.h"

namespace lively::detail {

struct LineSpread {
  Tensor mean, inverse_deviation;  // of each line
};

// y = weight (x - mean) / sqrt(variance + eps) + bias of each line of x [lines, n], row-major; line
// i has the weights and biases from n (i mod kinds) on.
template <class T>
Tensor normalise_lines(const Tensor& x, int64_t kinds, const T* weight, const T* bias, double eps,
    LineSpread& spread) {
  const int64_t lines = x.shape()[0];
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  spread = {Tensor::empty({lines}, x.dtype()), Tensor::empty({lines}, x.dtype())};
  for_lines(x, [=, from = x.data<T>(), to = y.mutable_data<T>(), m = spread.mean.mutable_data<T>(),
                   d = spread.inverse_deviation.mutable_data<T>()](int64_t at, int64_t n) {
    vectorised<T>([=, p = from + at, q = to + at, line = at / n] {
      const T *w = weight + line % kinds * n, *b = bias + line % kinds * n;
      const T mean = sum_line<T>(n, [=](int64_t i) { return p[i]; }) / static_cast<T>(n);
      const T square = sum_line<T>(n, [=](int64_t i) { return (p[i] - mean) * (p[i] - mean); });
      const T inverse = T(1) / std::sqrt(square / static_cast<T>(n) + static_cast<T>(eps));
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - mean) * inverse * w[i] + b[i];
      m[line] = mean;
      d[line] = inverse;
    });
  });
  return y;
}

// dX [lines, n], dWeight and dBias [kinds n].
template <class T>
std::vector<Tensor> line_gradients(
    const Tensor& dy, const Tensor& x, int64_t kinds, const T* weight, const LineSpread& spread) {
  const int64_t lines = x.shape()[0], n = x.shape()[1], wide = kinds * n, rows = lines / kinds;
  Tensor dx = Tensor::empty(x.shape(), x.dtype());
  // Rows of all kinds are summed in eight parts, whatever the threads.
  const int64_t parts = std::min<int64_t>(8, std::max<int64_t>(1, rows));
  Tensor dw = Tensor::zeros({parts, wide}, x.dtype()), db = Tensor::zeros({parts, wide}, x.dtype());
  parallel_for(parts, std::max<int64_t>(1, 16384 * parts / std::max<int64_t>(1, x.numel())),
      [&, gw = dw.mutable_data<T>(), gb = db.mutable_data<T>(), to = dx.mutable_data<T>()](
          int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part)
          for (int64_t line = kinds * (rows * part / parts);
               line < kinds * (rows * (part + 1) / parts); ++line)
            vectorised<T>(
                [=, g = dy.data<T>() + line * n, p = x.data<T>() + line * n, q = to + line * n,
                    v = weight + line % kinds * n, w = gw + part * wide + line % kinds * n,
                    b = gb + part * wide + line % kinds * n, mean = spread.mean.data<T>()[line],
                    inverse = spread.inverse_deviation.data<T>()[line]] {
                  const T pull =
                      sum_line<T>(n, [=](int64_t i) { return g[i] * v[i]; }) / static_cast<T>(n);
                  const T turn = sum_line<T>(n, [=](int64_t i) {
                    return g[i] * v[i] * (p[i] - mean);
                  }) * inverse / static_cast<T>(n);
                  for (int64_t i = 0; i < n; ++i) w[i] += g[i] * ((p[i] - mean) * inverse);
                  for (int64_t i = 0; i < n; ++i) b[i] += g[i];
                  for (int64_t i = 0; i < n; ++i)
                    q[i] = inverse * (g[i] * v[i] - pull - (p[i] - mean) * inverse * turn);
                });
      });
  return {dx, sum(dw, {0}), sum(db, {0})};
}

}  // namespace lively::detail
