#include "apps/lab/trials/paired.h"

#include <array>
#include <cmath>
#include <limits>

namespace lively::lab {

double student95(int64_t degrees) {
  constexpr std::array<double, 10> kFew{
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (degrees < 1) return std::numeric_limits<double>::quiet_NaN();
  if (degrees <= static_cast<int64_t>(kFew.size()))
    return kFew[static_cast<std::size_t>(degrees - 1)];
  constexpr double z = 1.959964;
  const double n = static_cast<double>(degrees), z3 = z * z * z, z5 = z3 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n);
}

Estimate estimate(const std::vector<double>& values) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(values.size());
  Estimate e{nan, nan, nan, static_cast<int64_t>(values.size())};
  if (values.empty()) return e;
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  e.mean = sum / n;
  if (values.size() < 2) return e;
  for (const double v : values) squares += (v - e.mean) * (v - e.mean);
  e.error = std::sqrt(squares / (n - 1) / n);
  const double reach = student95(e.n - 1) * e.error;
  e.low = e.mean - reach, e.high = e.mean + reach;
  return e;
}

Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) differences.push_back(a[i] - b[i]);
  return estimate(differences);
}

}  // namespace lively::lab
