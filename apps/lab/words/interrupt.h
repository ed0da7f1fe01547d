#pragma once

#include <atomic>

namespace lively::lab {

// From here on the first Ctrl-C, or SIGTERM (which Slurm and `docker stop` send), only makes
// interrupted() true, so that the program ends with what it has; the second ends it at once.
void heed_interrupts();
const std::atomic<bool>& interrupted();

}  // namespace lively::lab
