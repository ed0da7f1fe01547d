#include "apps/lab/study/birth_bounds.h"

#include <cmath>

namespace lively::lab {

double lu_upper(int layers, int64_t width) {
  return 1 - std::pow(1 - std::exp2(-static_cast<double>(width)), layers - 1);
}

double lu_lower(int layers, int64_t width) {
  const double n = static_cast<double>(width), half = std::exp2(-n);
  const double a1 = 1 - half, a2 = 1 - 2 * half - (n - 1) * half * half;
  const double one = std::pow(a1, layers - 2), two = std::pow(a2, layers - 2);
  return 1 - one + (1 - 2 * half) * (1 - half) / (1 + (n - 1) * half) * (two - one);
}

double sure_lower(int layers, int64_t width) {
  const double weights = static_cast<double>(width) * static_cast<double>(width);
  return 1 - std::pow(1 - std::exp2(-weights), layers - 2);
}

}  // namespace lively::lab
