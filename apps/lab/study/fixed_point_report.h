#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/study/fixed_point_rows.h"
#include "apps/lab/study/sheet.h"
#include "apps/lab/trials/paired.h"

namespace lively::lab {

// A measured signal as a line of a ledger, to six digits, and back.
Json line_of(const MeasuredSignal& m);
MeasuredSignal signal_of_line(const Json& line);

// What a row came to: `seeds` measured signals beside what infinitely many units would make.
struct FixedPointResult {
  FixedPointRow row;
  std::vector<MeasuredSignal> seeds;
  std::vector<Signal> predicted;

  int depth() const { return static_cast<int>(predicted.size()) - 1; }
  // The geometric mean over seeds of the variance of a unit over the inputs, with its interval;
  // and of the same over that of another row with the same seeds, pair by pair.
  Estimate variance(int layer) const;
  Estimate variance_over(const FixedPointResult& other, int layer) const;
  Estimate square(int layer) const;  // of the mean square, the like
  Estimate mean(int layer) const;
  Estimate alike(int layer) const;
  double in_range() const;  // of the units
  // "holds" if the variance at the last layer is in [1/2, 2], else "fades" or "grows"; "alike" is
  // added where more than half of the signal's square is the same for all inputs, and stands alone
  // where that square is in [1/2, 2].
  std::string verdict() const;
  // The first layer from which the variance stays within a tenth of that of `calm`, the row whose
  // inputs are undisturbed; none: not at the last.
  std::optional<int> back(const FixedPointResult& calm) const;
  std::optional<int> predicted_back(const FixedPointResult& calm) const;
};

// What is shown; inputs are compared with selu+lecun_normal, where that is among them.
Grid pairing_grid(const std::vector<FixedPointResult>& results);
Grid input_grid(const std::vector<FixedPointResult>& results);
Grid layer_grid(const std::vector<FixedPointResult>& results);  // for the CSV, a line a layer
// The theorems of Klambauer et al. on grids of the map; and a sentence a row.
std::vector<std::string> theorem_sentences();
std::vector<std::string> row_sentences(const std::vector<FixedPointResult>& results);
std::string fixed_point_charts(const std::vector<FixedPointResult>& results);

}  // namespace lively::lab
