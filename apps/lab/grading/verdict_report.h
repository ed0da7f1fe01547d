// internal: what a grading of verdicts says.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"

namespace lively::lab {

inline constexpr const char *kFault = "fault", *kHealthy = "healthy";  // the types of its lines

// Of the line of a case: is it hurt? False where it does not say, which check_verdict refuses.
bool hurt(const Json& line);

// Shares with their intervals, by kind and strength, of the verdicts and of each rival, and the
// confusion matrix of hurt runs: from the lines of the cases.
std::string verdict_report(const std::vector<Json>& faults, const std::vector<Json>& healthy);

// Throws ValueError where a line, of either type, lacks what the report reads; with `rivals` and
// `treated` of what these said too.
void check_verdict(const Json& line, bool rivals, bool treated);

}  // namespace lively::lab
