#pragma once

#include <functional>
#include <map>

#include "tests/reference/case.h"

namespace lively::testing {

// The inputs of a case as the op sees them, by name.
using Inputs = std::map<std::string, Variable>;
using Outputs = std::map<std::string, Variable>;
using CaseOp = std::function<Outputs(const Case&, Inputs&)>;

// Lively's way to do an op of the reference cases; empty where it has none yet, or not with these
// attributes.
CaseOp find_op(const Case& c);

}  // namespace lively::testing
