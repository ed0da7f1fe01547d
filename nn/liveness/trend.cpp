#include "lively/nn/liveness/trend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lively::detail {
namespace {

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

double mean_of(std::span<const double> v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

}  // namespace

std::vector<double> finite_part(std::span<const double> series) {
  std::vector<double> out;
  for (const double x : series)
    if (std::isfinite(x)) out.push_back(x);
  return out;
}

double late_improvement(std::span<const double> series) {
  const std::vector<double> v = finite_part(series);
  const std::size_t n = v.size(), start = n - n / 3, half = start + (n - start) / 2;
  if (half >= n || start == half) return 0;
  const auto part = [&](std::size_t from, std::size_t to) {
    return median({v.begin() + static_cast<std::ptrdiff_t>(from),
        v.begin() + static_cast<std::ptrdiff_t>(to)});
  };
  const double before = part(start, half), after = part(half, n);
  return before > 0 ? 1 - after / before : 0;
}

double rise_at_end(std::span<const double> series) {
  const std::vector<double> v = finite_part(series);
  const std::size_t window = std::max<std::size_t>(3, v.size() / 20);
  if (v.size() < window) return 1;
  // Whole windows and the last one; a sliding sum would lose small values beside 1e30.
  const double last = mean_of(std::span(v).last(window));
  double lowest = last;
  for (std::size_t start = 0; start + window <= v.size(); start += (window + 3) / 4)
    lowest = std::min(lowest, mean_of(std::span(v).subspan(start, window)));
  return lowest > 0 ? last / lowest : 1;
}

double change_autocorrelation(std::span<const double> series) {
  const std::vector<double> all = finite_part(series);
  if (all.size() < 8) return 0;
  std::vector<double> change;
  for (std::size_t i = all.size() / 2 + 1; i < all.size(); ++i)
    change.push_back(all[i] - all[i - 1]);
  const double level = mean_of(change);
  double together = 0, alone = 0;
  for (std::size_t i = 0; i < change.size(); ++i) {
    alone += (change[i] - level) * (change[i] - level);
    if (i > 0) together += (change[i] - level) * (change[i - 1] - level);
  }
  return alone > 0 ? together / alone : 0;
}

std::optional<Jump> largest_jump(std::span<const double> series) {
  constexpr std::size_t kBefore = 20, kLeast = 5;
  constexpr double kThreefold = 3;
  const std::vector<double> v = finite_part(series);
  Jump largest;
  for (std::size_t i = kLeast; i < v.size(); ++i) {
    const auto part = [&](std::size_t from, std::size_t to) {
      return std::vector<double>(v.begin() + static_cast<std::ptrdiff_t>(from),
          v.begin() + static_cast<std::ptrdiff_t>(to));
    };
    const std::vector<double> before = part(i - std::min(i, kBefore), i);
    const double level = median(before), top = *std::ranges::max_element(before);
    if (!(v[i] > kThreefold * top) || !(level > 0)) continue;
    const double after = median(part(i, std::min(v.size(), i + kBefore)));
    if (after > kThreefold * level && after / level > largest.factor)
      largest = {static_cast<int64_t>(i), after / level};
  }
  return largest.factor > kThreefold ? std::optional(largest) : std::nullopt;
}

}  // namespace lively::detail
