#include "apps/lab/trials/tally.h"

#include <algorithm>
#include <cmath>

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
  const Interval i = wilson(k, n);
  return thousands(k) + " of " + thousands(n) + ", " + percent(share()) + " % [" + percent(i.low) +
         ", " + percent(i.high) + "]";
}

}  // namespace lively::lab
