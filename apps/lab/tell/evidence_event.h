#pragma once

#include <string>

#include "lively/nn/liveness/diagnose.h"

namespace lively::lab {

// What an event "evidence" of a log holds; fields that it lacks are left empty, and those that are
// null are NaN. Throws DataError for one that is not of its type.
Evidence read_evidence(const std::string& line);

}  // namespace lively::lab
