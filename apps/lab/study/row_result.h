#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/lab/study/cells.h"
#include "apps/lab/trials/paired.h"

namespace lively::lab {

// The accuracy that a run counts with: no less than the majority's share, which needs no network,
// so that it is no gain to guess where others were not finite.
double worth(const TrialLine& line);

// What a remedy did to a row. Accuracies are fractions, by worth().
struct CellResult {
  const Cell* cell = nullptr;
  std::vector<TrialLine> lines{};  // by seed; empty where it was not tried
  Estimate accuracy{};
  Estimate gain{};            // over the network as it is, seed by seed
  double way = 0;             // of that gain to the row's best mean; 1 is the best
  double born = 0, dead = 0;  // mean share of units, at birth and at the end
  std::map<std::string, int> verdicts{};
  double epochs = 0;  // to converge, the mean over those that learn
  int learns = 0;     // how many of them

  bool tried() const { return !lines.empty(); }
  bool helps() const { return gain.low > 0; }
  bool harms() const { return gain.high < 0; }
  bool restores() const { return helps() && way >= kRestored; }
  static constexpr double kRestored = 0.8;
};

struct RowResult {
  const Row* row = nullptr;
  std::vector<CellResult> cells{};  // the first is the network as it is
  std::size_t best = 0;             // the cell of the highest mean

  // Does the network as it is come short of the best by five points or more?
  bool fails() const;
  // One sentence, of what the numbers say.
  std::string sentence() const;
};

// From a ledger that holds all their cases.
std::vector<RowResult> results_of(const std::vector<Cell>& cells, const Ledger& ledger);

}  // namespace lively::lab
