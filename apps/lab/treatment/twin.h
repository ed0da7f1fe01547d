#pragma once

#include <atomic>
#include <limits>
#include <optional>

#include "apps/lab/recipe/settings.h"
#include "lively/data/source.h"

namespace lively::lab {

// How long a twin of a run is: on how many training pictures, the first ones, in how many epochs,
// and how many test pictures tell how far it came.
struct TwinLength {
  int64_t train, epochs, test;
  int64_t steps = std::numeric_limits<int64_t>::max();  // at most
};

// A recipe as it is carried out so short: no files, no instruments, and what is counted in steps
// (the warm-up, the step of a plant) at the same share of the run.
Settings twin_of(const Settings& recipe, const TwinLength& length, const DataSplits& data);

// How far a twin came.
struct Reached {
  double accuracy = 0;  // a fraction, of the test pictures; 0 if a loss was not finite
  int64_t steps = 0;
  bool finite = true;
  double seconds = 0;  // of training alone
};

// Trains a twin, with the weights that a run of the same recipe on these data has; nullopt where
// its parts do not go together, or `stop` came first.
std::optional<Reached> train_twin(
    const Settings& twin, const DataSplits& data, int64_t steps, const std::atomic<bool>& stop);

}  // namespace lively::lab
