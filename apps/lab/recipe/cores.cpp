#include "apps/lab/recipe/cores.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "apps/lab/ranks/ranks.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

void use_threads(int wanted) {
  if (wanted > 0) {
    set_threads(std::min(wanted, processors()));
  } else if (ranks_here() > 1 && !std::getenv("OMP_NUM_THREADS")) {
    // mpirun may have left us all cores, or one, or those of a socket that others are on, too.
    const int share = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) / ranks_here();
    set_threads(std::clamp(share, 1, processors()));
  }
}

void tell_of_cores(const std::string& program, long wanted) {
  const char* told = std::getenv("OMP_NUM_THREADS");
  const long asked = wanted > 0 ? wanted : told ? std::strtol(told, nullptr, 10) : 0;
  const int cores = processors();
  // The variable is set for a whole machine, of which mpirun or taskset may have given us one core.
  if (asked <= (wanted > 0 ? cores : sysconf(_SC_NPROCESSORS_ONLN))) return;
  std::fprintf(stderr, "%s: %s%ld: %s here; using %d\n", program.c_str(),
      wanted > 0 ? "--threads " : "OMP_NUM_THREADS=", asked,
      cores == 1 ? "one core is" : (std::to_string(cores) + " cores are").c_str(), cores);
}

}  // namespace lively::lab
