#pragma once

#include <array>
#include <string>
#include <vector>

#include "apps/lab/study/sheet.h"
#include "apps/lab/study/target_rows.h"
#include "apps/lab/trials/paired.h"

namespace lively::lab {

// The dead share at target_scales() under Adam in figure 1 of Arnekvist et al., read off its curves
// by eye.
struct PaperCurve {
  const char* name;
  std::array<double, 8> dead;
};
const std::vector<PaperCurve>& paper_curves();

// The mean of shares; Student's law does not know that they end at 0 and 1, so its interval is cut.
Estimate mean_share(const std::vector<double>& shares);

// What the ledger of ./apps/target_momentum holds, told. A row that was not asked for is left out.
class TargetReport {
 public:
  TargetReport(const Ledger& ledger, const TargetSize& size, std::vector<std::string> rows);

  // The share of dead units after all updates, in percent with half the width of its 95 % interval,
  // by optimizer and scale; below them the curves of the paper, read off its figure.
  Grid scale_grid() const;
  Grid unit_grid() const;
  Grid sampled_grid() const;
  Grid swing_grid() const;
  Grid csv() const;
  std::vector<std::string> sentences() const;
  std::string charts() const;

 private:
  bool has(const std::string& row) const;
  std::vector<std::vector<TargetMoment>> runs(const Descent& d, double gamma) const;
  std::vector<double> last_dead(
      const Descent& d, double gamma) const;  // of those that did not diverge
  UnitEnds ends(const UnitPanel& panel, const UnitVariant& variant) const;
  std::vector<std::string> unit_sentences() const;

  const Ledger& ledger_;
  TargetSize size_;
  std::vector<std::string> rows_;
};

}  // namespace lively::lab
