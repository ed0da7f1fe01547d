#include "apps/lab/study/normal_law.h"

#include <cmath>
#include <numbers>

namespace lively::lab {

double normal_density(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

double normal_share(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

}  // namespace lively::lab
