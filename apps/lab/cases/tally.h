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

// "  what they were counted for                  282 of 300 …", a line of a report.
std::string report_row(const std::string& what, const std::string& value);

// Pairs of yes and no: what two arms came to that were given the same seeds.
struct PairTally {
  int64_t both = 0, first = 0, second = 0, neither = 0;  // second: yes of the second arm alone

  void add(bool yes_of_first, bool yes_of_second);
  int64_t n() const { return both + first + second + neither; }
  double difference() const;  // of the shares, first arm - second; 0 of none
  // Its 95 % interval, [-1, 1] of none: Newcombe (1998, Statistics in Medicine 17:2635), method 10.
  // Wilson's intervals of both shares, joined by how the pairs go together; of pairs that all agree
  // it keeps a width.
  Interval interval() const;
};

// Fisher's exact test of two shares, two-sided: how likely tables as rare as this one, or rarer,
// are where both are draws of one share. Numbers up to some hundred thousand.
double fisher_exact(const Tally& a, const Tally& b);

}  // namespace lively::lab
