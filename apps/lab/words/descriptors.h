#pragma once

namespace lively::lab {

// Opens those of the descriptors 0, 1 and 2 that the program was started without (`>&-`) on
// /dev/null: else the first file that is opened gets one, and what is printed is written into it.
void hold_descriptors();

// Prints what is pending. Did all that was ever printed arrive? Not in `> /dev/full`.
bool all_printed();

}  // namespace lively::lab
