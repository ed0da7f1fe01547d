#include "lively/autograd/team_moments.h"

namespace lively::detail {

// Σ n, Σ n d and Σ n (variance + d²), where d is the distance of a mean to `around`.
Moments joined(Team& team, const Moments& mine, const Tensor& around) {
  return visit_float("batch_norm", mine.mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto channels = static_cast<std::size_t>(mine.mean.numel());
    const T *mean = mine.mean.data<T>(), *variance = mine.variance.data<T>();
    const Tensor origin = around.contiguous();
    const T* from = origin.data<T>();
    const double n = static_cast<double>(mine.count);
    std::vector<double> sums{n};
    for (std::size_t c = 0; c < channels; ++c)
      sums.push_back(n * (static_cast<double>(mean[c]) - static_cast<double>(from[c])));
    for (std::size_t c = 0; c < channels; ++c) {
      const double d = static_cast<double>(mean[c]) - static_cast<double>(from[c]);
      sums.push_back(n * (static_cast<double>(variance[c]) + d * d));
    }
    team.sum(sums);
    const double all = sums[0];
    Moments m{Tensor::empty(mine.mean.shape(), mine.mean.dtype()),
        Tensor::empty(mine.mean.shape(), mine.mean.dtype()), static_cast<int64_t>(all)};
    T *to = m.mean.mutable_data<T>(), *spread = m.variance.mutable_data<T>();
    for (std::size_t c = 0; c < channels; ++c) {
      const double d = sums[1 + c] / all;
      to[c] = static_cast<T>(static_cast<double>(from[c]) + d);
      const double v = sums[1 + channels + c] / all - d * d;
      spread[c] = static_cast<T>(v < 0 ? 0 : v);  // NaN stays
    }
    return m;
  });
}

}  // namespace lively::detail
