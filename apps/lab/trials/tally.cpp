#include "apps/lab/trials/tally.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/lab/words/text.h"

namespace lively::lab {

Interval wilson(int64_t k, int64_t n) {
  if (n == 0) return {};
  constexpr double z = 1.959964;
  const double of = static_cast<double>(n), p = static_cast<double>(k) / of, scale = 1 + z * z / of,
               middle = (p + z * z / (2 * of)) / scale,
               half = z * std::sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / scale;
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::string Tally::text() const {
  const Interval i = interval();
  return thousands(k) + " of " + thousands(n) + ", " + percent(share()) + " % [" + percent(i.low) +
         ", " + percent(i.high) + "]";
}

double fisher_exact(const Tally& a, const Tally& b) {
  const int64_t all = a.n + b.n, hits = a.k + b.k;
  std::vector<double> log_factorial(static_cast<std::size_t>(all) + 1);
  for (std::size_t i = 1; i < log_factorial.size(); ++i)
    log_factorial[i] = log_factorial[i - 1] + std::log(static_cast<double>(i));
  const auto choose = [&](int64_t n, int64_t k) {
    const auto at = [&](int64_t i) { return log_factorial[static_cast<std::size_t>(i)]; };
    return at(n) - at(k) - at(n - k);
  };
  const auto chance = [&](int64_t k) {
    return std::exp(choose(a.n, k) + choose(b.n, hits - k) - choose(all, hits));
  };
  constexpr double kRounding = 1 + 1e-7;  // of tables that are as rare as this one
  const double here = chance(a.k) * kRounding;
  double p = 0;
  for (int64_t k = std::max<int64_t>(0, hits - b.n); k <= std::min(a.n, hits); ++k)
    if (const double c = chance(k); c <= here) p += c;
  return std::min(1.0, p);
}

}  // namespace lively::lab
