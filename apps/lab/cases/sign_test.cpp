#include "apps/lab/cases/sign_test.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lively::lab {

double sign_test(int64_t better, int64_t worse) {
  const int64_t m = better + worse;
  // By logarithms: 0.5^m is 0 in a double from m = 1075 on.
  double term = static_cast<double>(m) * std::log(0.5), sum = 0;
  for (int64_t i = 0; i <= std::min(better, worse); ++i) {
    sum += std::exp(term);
    term += std::log(static_cast<double>(m - i) / static_cast<double>(i + 1));
  }
  return std::min(1.0, 2 * sum);
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted = p;
  double before = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double times = static_cast<double>(order.size() - rank);
    before = std::max(before, std::min(1.0, times * p[order[rank]]));
    adjusted[order[rank]] = before;
  }
  return adjusted;
}

}  // namespace lively::lab
