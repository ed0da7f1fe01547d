#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/paths.h"

namespace lively::testing {

// Open MPI leaks thousands of small blocks, from plugins that are unloaded before LeakSanitizer
// could name them in a suppression.
inline const std::string kNoLeaks = "LSAN_OPTIONS=detect_leaks=0 ";

// "mpirun -n 4 ", to be followed by a program and its arguments. Open MPI wants to be asked for
// more ranks than cores, and for root.
inline std::string mpirun(int n, const std::string& of_mpirun = "") {
  return kNoLeaks +
         "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 "
         "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " LIVELY_MPIRUN " " +
         of_mpirun + " -n " + std::to_string(n) + " ";
}

inline bool no_ranks() {
  if (!std::string(LIVELY_MPIRUN).empty()) return false;
  MESSAGE("skipped: built without MPI");
  return true;
}

}  // namespace lively::testing
