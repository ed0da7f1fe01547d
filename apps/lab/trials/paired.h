#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace lively::lab {

// A mean with its standard error and the bounds of its 95 % interval by Student's law; NaN where
// there are too few.
struct Estimate {
  double mean, low, high;
  int64_t n;
  double error = std::numeric_limits<double>::quiet_NaN();
};
Estimate estimate(const std::vector<double>& values);

// Of a - b, pair by pair: two arms that were given the same seeds. As many of both.
Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b);

// How far from the mean, in standard errors, the 95 % interval of Student's law reaches with so
// many degrees of freedom; to 0.1 % (Abramowitz and Stegun 1964, 26.7.5, and its table below 11).
double student95(int64_t degrees);

}  // namespace lively::lab
