#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/trials/ledger.h"
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
bool hand_out(
    const std::vector<Case>& cases, Ledger& ledger, const Limits& limits, const Make& make);

}  // namespace lively::lab
