#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/study/single_relu.h"
#include "apps/lab/study/target_scale.h"

namespace lively::lab {

// How much of ./apps/target_momentum there is.
struct TargetSize {
  int64_t updates;  // of a network
  int seeds;        // networks a cell
  int blocks;       // of `starts` units a panel
  int64_t starts, sampled;
};

// Scale and momentum of figures 4 and 5 of Arnekvist et al., and one more, at scale 1.
struct UnitPanel {
  double gamma, beta;
};
const std::vector<UnitPanel>& unit_panels();
// What a panel is carried out with: as the gradient is, with a slip in it, and with more inputs.
struct UnitVariant {
  std::string name;
  SignOfW sign = SignOfW::kept;
  int inputs = 1;
};
const std::vector<UnitVariant>& unit_variants();
const std::vector<double>& target_scales();  // 1e-5 … 100
const std::vector<double>& swing_rates();    // of the affine unit

// Rows of --only: "unit", "samples", "affine" and the names of descents().
std::vector<std::string> target_rows();

// What cases are called in the ledger.
std::string unit_case(const UnitPanel& panel, const UnitVariant& variant);
std::string sampled_case(const UnitPanel& panel, UnitTarget target);
std::string swing_case(double lr);
std::string scaled_case(const Descent& descent, double gamma);

// All cases of one row, and how one is carried out.
std::vector<Case> target_cases(const std::string& row, const TargetSize& size);
// Throws ValueError, or as Json does, where a line is of none of them.
void check_target_line(const Json& line);
std::optional<Json> make_target_case(const Case& c, const TargetSize& size,
    const RegressionSet& data, const std::atomic<bool>& stop);

}  // namespace lively::lab
