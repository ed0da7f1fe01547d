#include "apps/lab/cases/tally.h"

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

std::string report_row(const std::string& what, const std::string& value) {
  return "  " + pad(what, 44) + value + "\n";
}

void PairTally::add(bool a, bool b) { ++(a && b ? both : a ? first : b ? second : neither); }

double PairTally::difference() const {
  return n() > 0 ? static_cast<double>(first - second) / static_cast<double>(n()) : 0;
}

// With phi the correlation of the pairs and p in [l, u], q in [m, v] by Wilson:
//   low  = p - q - sqrt((p-l)² - 2 phi (p-l)(v-q) + (v-q)²)
//   high = p - q + sqrt((u-p)² - 2 phi (u-p)(q-m) + (q-m)²)
// Method 10 takes phi's numerator ad - bc, where it is positive, for n/2 less and at least 0.
Interval PairTally::interval() const {
  if (n() == 0) return {-1, 1};
  const Tally a{both + first, n()}, b{both + second, n()};
  const auto number = [](int64_t v) { return static_cast<double>(v); };
  double together = number(both) * number(neither) - number(first) * number(second);
  if (together > 0) together = std::max(0.0, together - number(n()) / 2);
  const double spread = number(a.k) * number(a.n - a.k) * number(b.k) * number(b.n - b.k),
               phi = spread > 0 ? together / std::sqrt(spread) : 0;
  const Interval of_a = a.interval(), of_b = b.interval();
  const auto reach = [phi](double x, double y) {
    return std::sqrt(std::max(0.0, x * x - 2 * phi * x * y + y * y));
  };
  const double p = a.share(), q = b.share(), d = difference();
  return {std::max(-1.0, d - reach(p - of_a.low, of_b.high - q)),
      std::min(1.0, d + reach(of_a.high - p, q - of_b.low))};
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
