#pragma once

#include <string>
#include <vector>

#include "apps/lab/words/terminal.h"
#include "lively/nn/liveness/diagnose.h"

namespace lively::lab {

// What --fail-on names: codes of verdicts, "died,frozen_loss". Throws ValueError, with all codes
// that there are, for one that is none.
std::vector<std::string> verdict_codes(const std::string& list);

// The first of these codes that holds; empty: none.
std::string first_that_holds(
    const std::vector<std::string>& codes, const std::vector<std::string>& holding);

// All that there are, in order of precedence.
std::vector<Verdict> all_verdicts();

// How bad it is: green, red where something is wrong, yellow where that is not sure or no fault.
Colour colour_of(Severity severity);
Colour colour_of(Verdict verdict);
// What is said of a run, bold where the screen wants it, with the verdict in its colour.
std::string headline(const Diagnosis& diagnosis);

}  // namespace lively::lab
