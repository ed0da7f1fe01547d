#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/sheet.h"
#include "apps/lab/trials/tally.h"

namespace lively::lab {

// Shares of a study as they stand on screen and in its CSV.
std::string bracket(const Interval& i);     // "[87.3, 88.2]", in %
std::string with_interval(const Tally& t);  // "87.8 [87.3, 88.2]"
std::string percent_or_dash(double share);  // NaN: "–"
std::string probability(double p);          // "0.93", "4e-12"
// By Fisher's exact test at 5 %: "no other share (p = 0.93)".
std::string compared(const Tally& ours, const Tally& theirs);

// One part of a study, told: on screen, in the CSV and on the page.
struct Section {
  Grid screen;
  std::string legend;  // what its columns say
  std::vector<std::string> sentences;
  Grid csv;
  std::string charts;  // markup
};

}  // namespace lively::lab
