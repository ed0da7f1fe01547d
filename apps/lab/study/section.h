#pragma once

#include <string>
#include <vector>

#include "apps/lab/cases/tally.h"
#include "apps/lab/study/sheet.h"

namespace lively::lab {

// Columns of a CSV of shares, in %.
inline const std::vector<std::string> kShareColumns{"of", "inputs", "init", "what", "epochs", "k",
    "n", "percent", "low", "high", "lower_sure", "lower_t3", "upper_t2", "paper", "paper_from"};
// Shares of a study as they stand on screen and in its CSV.
std::string bracket(const Interval& i);        // "[87.3, 88.2]", in %
std::string with_interval(const Tally& t);     // "87.8 [87.3, 88.2]"
std::string percent_or_dash(double share);     // NaN: "–",
std::string percent_or_nothing(double share);  // or ""
std::string probability(double p);             // "0.93", "4e-12"
// By Fisher's exact test at 5 %: "not told apart (p = 0.93)", "another share (p = 0.01)".
std::string compared(const Tally& ours, const Tally& theirs);

// One part of a study, told: on screen, in the CSV and on the page.
struct Section {
  Grid screen;
  std::string legend;                  // what its columns say
  std::vector<std::string> summary;    // what it comes to, in a sentence or two
  std::vector<std::string> sentences;  // one a row
  Grid csv;
  std::string charts;  // markup
};

}  // namespace lively::lab
