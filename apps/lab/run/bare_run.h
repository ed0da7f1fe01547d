#pragma once

#include <optional>

#include "apps/lab/run/training.h"

namespace lively::lab {

// How a training without instruments begins, and how far it goes.
struct BareRun {
  std::string checkpoint{};  // from which it goes on, by the recipe as it now is; empty: from birth
  int64_t steps = std::numeric_limits<int64_t>::max();  // at most, from there
  int64_t census = 10'000;  // training images that it ends with; 0: none, and nothing is dead
  std::string save{};       // where the weights go at the end, if they are finite; empty: nowhere
};

// What it came to.
struct Came {
  double accuracy = 0;  // a fraction, on the test set; 0 if a loss was not finite
  double dead = 0;      // share of the rectifiers' units at the end, in a census
  int64_t steps = 0;    // made here
  bool finite = true;
  double seconds = 0;  // of training alone
};

// Trains as `run` of whole_run.h does, to the same bits, but nobody looks on, and nobody judges.
// From a checkpoint it goes on for as many epochs as the recipe has, with the moments of an
// optimizer of the same kind, else with new ones. nullopt: `stop` came first. Throws ValueError
// where parts of the recipe do not go together, DataError where the checkpoint is of another
// network.
std::optional<Came> bare_run(const Settings& recipe, const DataSplits& data, const BareRun& how,
    const std::atomic<bool>& stop);

}  // namespace lively::lab
