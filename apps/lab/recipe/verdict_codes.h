#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// What --fail-on names: codes of verdicts, "died,frozen_loss". Throws ValueError, with all codes
// that there are, for one that is none.
std::vector<std::string> verdict_codes(const std::string& list);

// The first of these codes that holds; empty: none.
std::string first_that_holds(
    const std::vector<std::string>& codes, const std::vector<std::string>& holding);

}  // namespace lively::lab
