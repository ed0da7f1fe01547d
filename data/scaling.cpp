#include "lively/data/scaling.h"

#include <algorithm>
#include <cmath>

namespace lively {
namespace {

// Calls f(row-major elements, samples, numbers of a sample) with the elements' own type.
template <class F>
void with_rows(const char* op, const Tensor& inputs, F f) {
  const Tensor rows = inputs.contiguous();
  const int64_t n = rows.rank() > 0 ? rows.size(0) : 0, features = n > 0 ? rows.numel() / n : 0;
  if (rows.dtype() == Dtype::float32) return f(rows.values<float>().data(), n, features);
  if (rows.dtype() == Dtype::float64) return f(rows.values<double>().data(), n, features);
  fail<DtypeError>(op, ": inputs of ", name(rows.dtype()), ": needs float32 or float64");
}

struct Range {
  double low, high;
};

std::vector<Range> ranges(const char* op, const Tensor& inputs) {
  std::vector<Range> of;
  with_rows(op, inputs, [&](const auto* x, int64_t n, int64_t features) {
    if (n == 0) fail<ValueError>(op, ": ", inputs.shape(), ": needs at least one sample");
    for (int64_t k = 0; k < features; ++k) of.push_back({double{x[k]}, double{x[k]}});
    for (int64_t i = 1; i < n; ++i)
      for (std::size_t k = 0; k < of.size(); ++k) {
        const double v = x[i * features + static_cast<int64_t>(k)];
        of[k] = {std::min(of[k].low, v), std::max(of[k].high, v)};
      }
  });
  return of;
}

}  // namespace

Scaling standard_scaling(const Tensor& inputs) {
  const std::vector<Range> range = ranges("standard_scaling", inputs);
  Scaling s{std::vector<double>(range.size()), std::vector<double>(range.size(), 1)};
  with_rows("standard_scaling", inputs, [&](const auto* x, int64_t n, int64_t features) {
    const auto count = static_cast<double>(n);
    const auto sum_of = [&](auto term) {
      std::vector<double> sums(range.size());
      for (int64_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < sums.size(); ++k)
          sums[k] += term(double{x[i * features + static_cast<int64_t>(k)]}, k);
      return sums;
    };
    // Around the first mean once more, so that rounding does not grow with the numbers.
    const std::vector<double> first = sum_of([&](double v, std::size_t) { return v / count; });
    const std::vector<double> rest =
        sum_of([&](double v, std::size_t k) { return (v - first[k]) / count; });
    for (std::size_t k = 0; k < range.size(); ++k)
      s.mean[k] = range[k].low == range[k].high ? range[k].low : first[k] + rest[k];
    const std::vector<double> squares = sum_of([&](double v, std::size_t k) {
      const double d = (v - s.mean[k]) / std::max(range[k].high - range[k].low, 1e-300);
      return d * d / count;
    });
    for (std::size_t k = 0; k < range.size(); ++k) {
      const double deviation = std::sqrt(squares[k]) * (range[k].high - range[k].low);
      if (deviation > 0 && std::isfinite(deviation)) s.scale[k] = deviation;
    }
  });
  return s;
}

int64_t constant_features(const Tensor& inputs) {
  return std::ranges::count_if(
      ranges("constant_features", inputs), [](const Range& r) { return r.low == r.high; });
}

Tensor standardised(const Tensor& inputs, const Scaling& scaling) {
  if (scaling.empty()) return inputs.to(Dtype::float32).contiguous();
  Tensor out = Tensor::empty(inputs.shape());
  float* to = out.mutable_data<float>();
  with_rows("standardised", inputs, [&](const auto* x, int64_t n, int64_t features) {
    if (n > 0 && features != static_cast<int64_t>(scaling.mean.size()))
      fail<ShapeError>("standardised: ", inputs.shape(), ": a sample has ", features,
          " numbers; the scaling has ", scaling.mean.size());
    for (int64_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < scaling.mean.size(); ++k)
        *to++ = static_cast<float>((double{*x++} - scaling.mean[k]) / scaling.scale[k]);
  });
  return out;
}

}  // namespace lively
