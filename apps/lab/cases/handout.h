#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/trials/trials.h"

namespace lively::lab {

// What a line of a ledger is found by: a cell of a study and one of its seeds.
struct Case {
  std::string type;
  uint64_t seed = 1;
};

// Carries a case out and gives its line, without "type" and "seed", which are put before it.
// nullopt: `stop` came first. What it gives may depend on the case alone.
using Make = std::function<std::optional<Json>(const Case&, const std::atomic<bool>& stop)>;

// Makes those of the cases that the ledger lacks, in any order, and keeps each as soon as it is
// whole, so that the ledger holds the same lines on any number of cores. Is every one of the cases
// in it? Throws what the first that failed threw; those that were made before are kept.
//
// Under mpirun (run_study joins the ranks) the first call of a program is handed out over all of
// them, to each as many at once as limits.workers, or else threads(), says in the first. That one
// has the ledger, and comes back as if it were alone; on the others the call does not return, and
// run_study ends with kGood. So a program does no more before it than to read its options and to
// put `cases` together, the same on all ranks, and needs no word for any of this. A rank that dies
// takes the others with it, unless MPI itself knows better; what was made is kept.
bool hand_out(
    const std::vector<Case>& cases, Ledger& ledger, const Limits& limits, const Make& make);

}  // namespace lively::lab
