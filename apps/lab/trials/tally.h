#pragma once

#include <cstdint>
#include <string>

namespace lively::lab {

struct Interval {
  double low = 0, high = 1;
};
// The 95 % interval of a share after Wilson (1927); [0, 1] of none.
Interval wilson(int64_t k, int64_t n);

// How many of how many.
struct Tally {
  int64_t k = 0, n = 0;

  void add(bool counts) { k += counts, ++n; }
  double share() const { return n > 0 ? static_cast<double>(k) / static_cast<double>(n) : 0; }
  Interval interval() const { return wilson(k, n); }
  std::string text() const;  // "282 of 300, 94.0 % [90.7, 96.2]"
};

// Fisher's exact test of two shares, two-sided: how likely tables as rare as this one, or rarer,
// are where both are draws of one share. Numbers up to some hundred thousand.
double fisher_exact(const Tally& a, const Tally& b);

}  // namespace lively::lab
