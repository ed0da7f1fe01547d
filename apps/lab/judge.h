#pragma once

#include <string>

#include "apps/lab/page/run_log.h"

namespace lively::lab {

// Gives a run that came to its end the verdict of the evidence in its log, by the library's rules.
// A log that has a verdict keeps it; one without evidence stays without. Throws DataError where the
// evidence cannot be read.
void judge(RunLog& run);

// The verdict in one or two sentences, and the faults that the evidence could neither show nor rule
// out.
std::string judgement(const RunLog& run);

}  // namespace lively::lab
