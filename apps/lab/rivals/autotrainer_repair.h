#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/rivals/sight.h"
#include "lively/data/source.h"

namespace lively::lab {

// What AutoTrainer tries once it has found an issue: its order "balance" (utils/repair.py;
// papers.md, section 7, "Repairs and order").

struct AutoTrainerRepair {
  std::string name;  // "selu", "initial 2": as in its list, and the how-manyth try
  Settings recipe;   // repaired
};

// In its order, for an issue in its word: "relu", "explode", "vanish", "unstable", "not_converge".
// What it draws at random hangs on the recipe's seed. Each is a recipe to begin anew with: its own
// code goes on from the weights of the run that it stopped, and so never redraws one when it
// "substitutes the initializer", which is harder. Left out, since no recipe can say them:
// ThresholdedReLU, ReduceLROnPlateau, Gaussian noise, Nadam; and what changes nothing. Throws
// ValueError if the word is none of these.
std::vector<AutoTrainerRepair> autotrainer_repairs(const Settings& recipe, std::string_view word);

// What it came to.
struct AutoTrainerResult {
  std::string word;                         // the issue it found first; empty: none
  std::optional<AutoTrainerRepair> repair;  // the one that it takes for a cure
  double accuracy = 0;                      // of that one, on the test set
  int64_t tried = 0, steps = 0;             // runs, and what they made together
  double seconds = 0;
};

// Finds the issue in what it saw of a run, and tries repairs one after the other, each for as long
// as the run unless it finds an issue again. The first without an issue is its cure, even if its
// accuracy is poor. Where all have one, it goes on from the best of those that have another, ten
// times at most, unless it has met that issue before. `stop`: ends the search, without a cure.
AutoTrainerResult autotrainer_treat(const Settings& recipe, const DataSplits& data,
    const Sight& sight, const std::atomic<bool>& stop);

}  // namespace lively::lab
