#include "lively/tensor/pool.h"

#include <algorithm>
#include <limits>

#include "lively/tensor/isa.h"
#include "lively/tensor/threads.h"

namespace lively {
namespace {

constexpr int64_t kTile = 64;  // channels at once

void check(const char* op, const Shape& x) {
  if (x.rank() != 4) fail<ShapeError>(op, ": ", x, ": needs [N,C,H,W]");
}

// Where the samples of x and of the result lie, channels-last.
struct Places {
  int64_t channels, width, in, out_width, out;  // numbers a pixel; pixels a row; numbers a sample
  Places(const Shape& x, const PoolWindows& w)
      : channels(x[1]),
        width(x[3]),
        in(x[1] * x[2] * x[3]),
        out_width(static_cast<int64_t>(w.columns.size())),
        out(x[1] * static_cast<int64_t>(w.rows.size()) * out_width) {}
};

// Calls row(sample, row of the result, its range of rows of x), split over samples.
template <class Row>
void for_rows(const Shape& x, const PoolWindows& w, const Row& row) {
  parallel_for(
      x[0], 1 + 16384 / std::max<int64_t>(1, x[1] * x[2] * x[3]), [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n)
          for (std::size_t i = 0; i < w.rows.size(); ++i)
            row(n, static_cast<int64_t>(i), w.rows[i]);
      });
}

// Calls body with the number of channels, as a compile-time constant where there are few: such
// loops are worth unrolling into vectors, and a loop of six otherwise runs one by one. Of float32,
// which is trained in.
template <class T, class Body>
void with_channels(int64_t channels, const Body& body) {
  if constexpr (!std::is_same_v<T, float>) return body(channels);
  switch (channels) {
    case 1:
      return body(std::integral_constant<int64_t, 1>());
    case 2:
      return body(std::integral_constant<int64_t, 2>());
    case 3:
      return body(std::integral_constant<int64_t, 3>());
    case 4:
      return body(std::integral_constant<int64_t, 4>());
    case 5:
      return body(std::integral_constant<int64_t, 5>());
    case 6:
      return body(std::integral_constant<int64_t, 6>());
    case 7:
      return body(std::integral_constant<int64_t, 7>());
    case 8:
      return body(std::integral_constant<int64_t, 8>());
    case 16:
      return body(std::integral_constant<int64_t, 16>());
    default:
      return body(channels);
  }
}

// What one place of a window adds to its average.
double share_of(const PoolWindows& w, PoolWindows::Range rows, PoolWindows::Range columns) {
  const int64_t divisor = w.divisor ? w.divisor : rows.counted * columns.counted;
  return divisor ? 1 / static_cast<double>(divisor) : 0;
}

Tensor result(const Tensor& x, const PoolWindows& w) {
  return empty_pictures({x.shape()[0], x.shape()[1], static_cast<int64_t>(w.rows.size()),
                            static_cast<int64_t>(w.columns.size())},
      x.dtype());
}

}  // namespace

PoolWindows pool_windows(const char* op, const Shape& x, const PoolOptions& o) {
  check(op, x);
  // Far more than memory holds, and so little that no sum or product of two overflows.
  constexpr int64_t kMost = int64_t{1} << 30;
  for (const Pair p : {o.kernel, o.stride, o.dilation, o.padding, o.padding_after})
    if (std::max(p.h, p.w) > kMost || std::min(p.h, p.w) < -kMost)
      fail<ValueError>(op, ": ", p.h, "x", p.w,
          ": needs a kernel, stride, dilation and padding of at most ", kMost);
  const Pair stride(o.stride.h ? o.stride.h : o.kernel.h, o.stride.w ? o.stride.w : o.kernel.w),
      after(o.padding_after.h < 0 ? o.padding.h : o.padding_after.h,
          o.padding_after.w < 0 ? o.padding.w : o.padding_after.w),
      span((o.kernel.h - 1) * o.dilation.h + 1, (o.kernel.w - 1) * o.dilation.w + 1);
  const auto positive = [](Pair p) { return p.h >= 1 && p.w >= 1; };
  const auto fits = [&](Pair p) {
    return p.h >= 0 && p.w >= 0 && 2 * p.h <= span.h && 2 * p.w <= span.w;
  };
  if (!positive(o.kernel) || !positive(stride) || !positive(o.dilation) || !fits(o.padding) ||
      !fits(after) || o.divisor < 0)
    fail<ValueError>(op, ": kernel ", o.kernel.h, "x", o.kernel.w, ", stride ", stride.h, "x",
        stride.w, ", padding ", o.padding.h, "x", o.padding.w, " and ", after.h, "x", after.w,
        ", dilation ", o.dilation.h, "x", o.dilation.w, ", divisor ", o.divisor,
        ": needs a kernel, stride and dilation of at least 1, padding of at most half the kernel");
  if (x[2] < 1 || x[3] < 1) fail<ShapeError>(op, ": ", x, ": needs pictures of at least one pixel");
  const auto ranges = [&](int64_t size, int64_t kernel, int64_t step, int64_t padding,
                          int64_t behind, int64_t dilation) {
    const int64_t reach = dilation * (kernel - 1) + 1, room = size + padding + behind - reach;
    const int64_t rounded = room + (o.ceil_mode ? step - 1 : 0);
    if (rounded < 0)
      fail<ShapeError>(op, ": ", x, ": smaller than the kernel, ", o.kernel.h, "x", o.kernel.w);
    int64_t count = rounded / step + 1;
    if (o.ceil_mode && (count - 1) * step >= size + padding) --count;
    std::vector<PoolWindows::Range> all;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = i * step - padding;
      const auto below = [&](int64_t end) {  // places of the window before `end`
        return std::clamp<int64_t>((end - at + dilation - 1) / dilation, 0, kernel);
      };
      const int64_t outside = at < 0 ? below(0) : 0, inside = below(size) - outside;
      const int64_t begin = at + outside * dilation;
      all.push_back({begin, begin + inside * dilation,
          o.count_padding ? below(size + behind) : inside, dilation});
    }
    return all;
  };
  return {ranges(x[2], o.kernel.h, stride.h, o.padding.h, after.h, o.dilation.h),
      ranges(x[3], o.kernel.w, stride.w, o.padding.w, after.w, o.dilation.w), o.divisor};
}

PoolWindows adaptive_windows(const char* op, const Shape& x, Pair out) {
  check(op, x);
  if (out.h < 1 || out.w < 1 || x[2] < 1 || x[3] < 1)
    fail<ValueError>(op, ": ", x, " to ", out.h, "x", out.w, ": needs sizes of at least 1");
  const auto ranges = [](int64_t size, int64_t parts) {
    std::vector<PoolWindows::Range> all;
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t begin = i * size / parts, end = ((i + 1) * size + parts - 1) / parts;
      all.push_back({begin, end, end - begin});
    }
    return all;
  };
  return {ranges(x[2], out.h), ranges(x[3], out.w), 0};
}

Tensor max_pool(const Tensor& pictures, const PoolWindows& w) {
  check_defined("max_pool2d", pictures);
  const Tensor x = channels_last(pictures);
  Tensor y = result(x, w);
  const Places at(x.shape(), w);
  visit_float("max_pool2d", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    for_rows(x.shape(), w,
        [&, from = x.data<T>(), to = y.mutable_data<T>()](
            int64_t n, int64_t row, PoolWindows::Range rows) {
          with_channels<T>(at.channels, [&](auto c) {
            detail::vectorised<T>([=, p = from + n * at.in,
                                      q = to + n * at.out + row * at.out_width * c,
                                      columns = w.columns.data()] {
              for (int64_t k = 0; k < at.out_width; ++k) {
                for (int64_t first = 0; first < c; first += kTile) {
                  const int64_t m = std::min<int64_t>(kTile, c - first);
                  T best[kTile];
                  for (int64_t u = 0; u < m; ++u) best[u] = lowest;
                  for (int64_t i = rows.begin; i < rows.end; i += rows.step) {
                    for (int64_t j = columns[k].begin; j < columns[k].end; j += columns[k].step) {
                      const T* v = p + (i * at.width + j) * c + first;
                      for (int64_t u = 0; u < m; ++u)
                        best[u] = ((v[u] <= best[u]) | (best[u] != best[u])) ? best[u] : v[u];
                    }
                  }
                  for (int64_t u = 0; u < m; ++u) q[k * c + first + u] = best[u];
                }
              }
            });
          });
        });
  });
  return y;
}

Tensor max_pool_gradient(
    const Tensor& gradient, const Tensor& pictures, const Tensor& y, const PoolWindows& w) {
  check_defined("max_pool2d", gradient, pictures, y);
  const Tensor x = channels_last(pictures), dy = channels_last(gradient);
  Tensor dx = empty_pictures(x.shape(), x.dtype());
  dx.fill(0);
  const Places at(x.shape(), w);
  visit_float("max_pool2d", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_rows(x.shape(), w,
        [&, from = x.data<T>(), top = y.data<T>(), d = dy.data<T>(), to = dx.mutable_data<T>()](
            int64_t n, int64_t row, PoolWindows::Range rows) {
          with_channels<T>(at.channels, [&](auto c) {
            const int64_t out = n * at.out + row * at.out_width * c;
            detail::vectorised<T>([=, p = from + n * at.in, q = to + n * at.in, t = top + out,
                                      g = d + out, columns = w.columns.data()] {
              for (int64_t k = 0; k < at.out_width; ++k) {
                for (int64_t first = 0; first < c; first += kTile) {
                  const int64_t m = std::min<int64_t>(kTile, c - first), here = k * c + first;
                  T left[kTile], best[kTile];  // of the gradient: 0 once a place has had it
                  for (int64_t u = 0; u < m; ++u) left[u] = g[here + u];
                  for (int64_t u = 0; u < m; ++u) best[u] = t[here + u];
                  for (int64_t i = rows.begin; i < rows.end; i += rows.step) {
                    for (int64_t j = columns[k].begin; j < columns[k].end; j += columns[k].step) {
                      const T* v = p + (i * at.width + j) * c + first;
                      T* to_x = q + (i * at.width + j) * c + first;
                      for (int64_t u = 0; u < m; ++u) {
                        const bool is = (v[u] == best[u]) | (v[u] != v[u]);
                        to_x[u] += is ? left[u] : T(0);
                        left[u] = is ? T(0) : left[u];
                      }
                    }
                  }
                }
              }
            });
          });
        });
  });
  return dx;
}

Tensor avg_pool(const Tensor& pictures, const PoolWindows& w) {
  check_defined("avg_pool2d", pictures);
  const Tensor x = channels_last(pictures);
  Tensor y = result(x, w);
  const Places at(x.shape(), w);
  visit_float("avg_pool2d", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_rows(x.shape(), w,
        [&, from = x.data<T>(), to = y.mutable_data<T>()](
            int64_t n, int64_t row, PoolWindows::Range rows) {
          for (int64_t k = 0; k < at.out_width; ++k) {
            const PoolWindows::Range columns = w.columns[static_cast<std::size_t>(k)];
            const T share = static_cast<T>(share_of(w, rows, columns));
            detail::vectorised<T>(
                [=, p = from + n * at.in,
                    q = to + n * at.out + (row * at.out_width + k) * at.channels] {
                  for (int64_t u = 0; u < at.channels; ++u) q[u] = T(0);
                  for (int64_t i = rows.begin; i < rows.end; i += rows.step)
                    for (int64_t j = columns.begin; j < columns.end; j += columns.step)
                      for (int64_t u = 0; u < at.channels; ++u)
                        q[u] += p[(i * at.width + j) * at.channels + u];
                  for (int64_t u = 0; u < at.channels; ++u) q[u] *= share;
                });
          }
        });
  });
  return y;
}

Tensor avg_pool_gradient(const Tensor& gradient, const Shape& x, const PoolWindows& w) {
  check_defined("avg_pool2d", gradient);
  const Tensor dy = channels_last(gradient);
  Tensor dx = empty_pictures(x, dy.dtype());
  dx.fill(0);
  const Places at(x, w);
  visit_float("avg_pool2d", dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_rows(x, w,
        [&, d = dy.data<T>(), to = dx.mutable_data<T>()](
            int64_t n, int64_t row, PoolWindows::Range rows) {
          for (int64_t k = 0; k < at.out_width; ++k) {
            const PoolWindows::Range columns = w.columns[static_cast<std::size_t>(k)];
            const T share = static_cast<T>(share_of(w, rows, columns));
            detail::vectorised<T>([=, q = to + n * at.in,
                                      g = d + n * at.out + (row * at.out_width + k) * at.channels] {
              for (int64_t i = rows.begin; i < rows.end; i += rows.step)
                for (int64_t j = columns.begin; j < columns.end; j += columns.step)
                  for (int64_t u = 0; u < at.channels; ++u)
                    q[(i * at.width + j) * at.channels + u] += g[u] * share;
            });
          }
        });
  });
  return dx;
}

}  // namespace lively
