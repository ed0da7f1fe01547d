#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace lively::lab {

// Says on stderr how many of how many are made and how long the rest will take: "12 of 300 runs,
// about 3 min to go". `what` is what they are: "runs". Where stderr is a terminal the line is
// written over; under mpirun, which rarely leaves its ranks one, it is a line of its own at long
// intervals (next_word); else nothing is said.
std::function<void(const char* what, int64_t made, int64_t of)> progress_line();

// When to speak again, in seconds since the beginning, after the word at `said` (0: none yet):
// after 1, 2, 4, 8 and 16 minutes, then every 8.
double next_word(double said);

// "12 of 300 runs, about 3 min to go", where 2 of them were there before and the others took so
// many seconds.
std::string progress_text(
    const char* what, int64_t made, int64_t of, int64_t before, double seconds);

}  // namespace lively::lab
