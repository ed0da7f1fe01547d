#pragma once

#include <cstdint>
#include <functional>

namespace lively::lab {

// Says on stderr, where that is a terminal, how many of how many are made and how long the rest
// will take: "12 of 300 runs, about 3 min to go". `what` is what they are: "runs".
std::function<void(const char* what, int64_t made, int64_t of)> progress_line();

}  // namespace lively::lab
