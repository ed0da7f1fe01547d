// internal: what a grading of cures says.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"

namespace lively::lab {

inline constexpr const char* kCure = "cure";  // the type of its lines

// How many were restored and how often the fault was named, with intervals, by kind, and what it
// cost, beside AutoTrainer: from the lines of the cases.
std::string cure_report(const std::vector<Json>& lines);

// Throws ValueError where a line lacks what the report reads; with `autotrainer` of its repairs
// too.
void check_cure(const Json& line, bool autotrainer);

}  // namespace lively::lab
