// internal: what a grading of verdicts says.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/trials/ledger.h"

namespace lively::lab {

// Shares with their intervals, by kind and strength, of the verdicts and of each rival, and the
// confusion matrix of hurt runs: from the lines of the cases.
std::string verdict_report(const std::vector<Json>& faults, const std::vector<Json>& healthy);

}  // namespace lively::lab
