#pragma once

#include <string>

#include "lively/nn/liveness/diagnose.h"

namespace lively {

// The event "evidence" of a log (apps/README.md): all that a verdict rests on, so that whoever
// reads the log can give it again. What was not measured is left out.
std::string evidence_line(const Evidence& evidence);

namespace detail {
std::string non_finite_text(const NonFinite& origin);  // as a JSON object
}  // namespace detail

}  // namespace lively
