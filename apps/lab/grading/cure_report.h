// internal: what a grading of cures says.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/trials/ledger.h"

namespace lively::lab {

// How many were restored and how often the fault was named, with intervals, by kind, and what it
// cost, beside AutoTrainer: from the lines of the cases.
std::string cure_report(const std::vector<Json>& lines);

}  // namespace lively::lab
