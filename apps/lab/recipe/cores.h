#pragma once

#include <string>

namespace lively::lab {

// Lets kernels use as many threads as a person asked for; 0: as many as they do, which
// is a fair share of the machine's where other ranks run on it. More than there
// are cores would take turns, each run with a share of the caches: they count as all of them.
void use_threads(int wanted);

// Says so, in one line on stderr, where more was asked for than there is: by --threads, or where
// `wanted` is 0 by OMP_NUM_THREADS, which goes by the cores of the machine. Arguments::read does it
// for every program.
void tell_of_cores(const std::string& program, long wanted);

}  // namespace lively::lab
