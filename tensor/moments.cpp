#include "lively/tensor/moments.h"

#include "lively/tensor/channel_rows.h"

namespace lively {
namespace {

constexpr int64_t kChunk = 256;  // rows

template <class T>
void chunk_moments(const T* x, int64_t rows, int64_t lanes, T* mean, T* squares) {
  detail::for_lane_tiles<T>(lanes, [=](int64_t first, auto n) {
    detail::vectorised<T>([=] {
      T sum[detail::kLaneTile] = {}, square[detail::kLaneTile] = {};
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t u = 0; u < n; ++u) sum[u] += x[i * lanes + first + u];
      for (int64_t u = 0; u < n; ++u) sum[u] /= static_cast<T>(rows);
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t u = 0; u < n; ++u) {
          const T d = x[i * lanes + first + u] - sum[u];
          square[u] += d * d;
        }
      }
      for (int64_t u = 0; u < n; ++u) mean[first + u] = sum[u];
      for (int64_t u = 0; u < n; ++u) squares[first + u] = square[u];
    });
  });
}

template <class T>
Moments moments_of(const Tensor& x) {
  const detail::Rows r(x.shape());
  const int64_t rows = r.blocks * r.rows, chunks = (rows + kChunk - 1) / kChunk;
  std::vector<T> means(static_cast<std::size_t>(chunks * r.lanes)), squares(means.size());
  const T* from = x.data<T>();
  parallel_for(
      chunks, 1 + 32768 / std::max<int64_t>(1, kChunk * r.lanes), [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c)
          chunk_moments(from + c * kChunk * r.lanes, std::min(kChunk, rows - c * kChunk), r.lanes,
              means.data() + c * r.lanes, squares.data() + c * r.lanes);
      });
  Moments m{Tensor::empty({r.channels}, x.dtype()), Tensor::empty({r.channels}, x.dtype()),
      r.samples * r.positions};
  for (int64_t ch = 0; ch < r.channels; ++ch) {
    double n = 0, mean = 0, square = 0;
    for (int64_t c = 0; c < chunks; ++c) {
      const double added = static_cast<double>(std::min(kChunk, rows - c * kChunk));
      for (int64_t lane = ch; lane < r.lanes; lane += r.channels) {
        const auto at = static_cast<std::size_t>(c * r.lanes + lane);
        const double away = static_cast<double>(means[at]) - mean;
        square += static_cast<double>(squares[at]) + away * away * n * added / (n + added);
        mean += away * added / (n + added);
        n += added;
      }
    }
    m.mean.mutable_data<T>()[ch] = static_cast<T>(mean);
    m.variance.mutable_data<T>()[ch] = static_cast<T>(square / n);
  }
  return m;
}

}  // namespace

Moments channel_moments(const Tensor& x) {
  check_defined("moments", x);
  if (x.rank() < 2) fail<ShapeError>("moments: ", x.shape(), ": needs [N, C, ...]");
  const Tensor rows = x.rank() == 2 ? x.contiguous() : channels_last(x);
  return visit_float(
      "moments", x.dtype(), [&](auto zero) { return moments_of<decltype(zero)>(rows); });
}

}  // namespace lively
