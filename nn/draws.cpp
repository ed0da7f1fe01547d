#include "lively/nn/draws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace lively::detail {
namespace {

constexpr std::size_t kLanes = 8;  // partial sums, so that the loop vectorises

double dot(const double* a, const double* b, std::size_t n) {
  std::array<double, kLanes> part{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t j = 0; j < kLanes; ++j) part[j] += a[i + j] * b[i + j];
  double sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const double p : part) sum += p;
  return sum;
}

// Orthonormal rows from Gaussian ones, by Gram and Schmidt, each row twice: the second pass
// takes out what rounding left of the first. Diagonal factors come out positive, so the law
// is uniform over all orthonormal frames (Mezzadri 2007).
std::vector<double> orthonormal_rows(std::size_t rows, std::size_t length, Stream& stream) {
  std::vector<double> q(rows * length);
  for (double& v : q) v = stream.normal();
  for (std::size_t i = 0; i < rows; ++i) {
    double* row = q.data() + i * length;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const double* before = q.data() + j * length;
        const double along = dot(row, before, length);
        for (std::size_t k = 0; k < length; ++k) row[k] -= along * before[k];
      }
      const double norm = std::sqrt(dot(row, row, length));
      for (std::size_t k = 0; k < length; ++k) row[k] /= norm;
    }
  }
  return q;
}

}  // namespace

void fill_truncated(Tensor& t, Stream& stream, double mean, double deviation) {
  visit_float("truncated_normal", t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (T& v : t.mutable_values<T>()) {
      double z = stream.normal();
      while (std::abs(z) > 2) z = stream.normal();
      v = static_cast<T>(mean + deviation * z);
    }
  });
}

void fill_orthogonal(Tensor& weight, Stream& stream, double gain) {
  const auto rows = static_cast<std::size_t>(weight.shape()[0]);
  const std::size_t columns = static_cast<std::size_t>(weight.numel()) / rows;
  const bool wide = rows <= columns;
  const auto q = orthonormal_rows(std::min(rows, columns), std::max(rows, columns), stream);
  visit_float("orthogonal", weight.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto w = weight.mutable_values<T>();
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j)
        w[i * columns + j] = static_cast<T>(gain * (wide ? q[i * columns + j] : q[j * rows + i]));
  });
}

// Equation 6 of Lu et al., with the moments 2/3 and 1/2 of Beta(2, 1):
// σ = √(1 + 8/(9π)) - 2√2/(3√π) = 0.6007.
double rai_deviation(double fan_in) {
  using std::numbers::pi;
  const double sigma = std::sqrt(1 + 8 / (9 * pi)) - 2 * std::numbers::sqrt2 / (3 * std::sqrt(pi));
  return sigma / std::sqrt(fan_in);
}

double rai_variance(double fan_in) {
  const double chosen = 1 / (fan_in + 1);  // that this place is the row's Beta
  const double mean = chosen * 2 / 3;
  const double s = rai_deviation(fan_in);
  return chosen / 2 + (1 - chosen) * s * s - mean * mean;
}

void fill_rai(Tensor& weight, Tensor* bias, Stream& stream) {
  const auto units = static_cast<std::size_t>(weight.shape()[0]);
  const std::size_t inputs = static_cast<std::size_t>(weight.numel()) / units;
  const double deviation = rai_deviation(static_cast<double>(inputs));
  std::vector<double> row(inputs + (bias ? 1 : 0));
  visit_float("rai", weight.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* w = weight.mutable_values<T>().data();
    T* b = bias ? bias->mutable_values<T>().data() : nullptr;
    for (std::size_t unit = 0; unit < units; ++unit) {
      for (double& v : row) v = deviation * stream.normal();
      const uint64_t place = stream.below(row.size());
      row[place] = std::sqrt(stream.uniform());  // Beta(2, 1) has the distribution x²
      for (std::size_t i = 0; i < inputs; ++i) *w++ = static_cast<T>(row[i]);
      if (b) *b++ = static_cast<T>(row[inputs]);
    }
  });
}

}  // namespace lively::detail
