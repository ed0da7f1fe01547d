#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/recipe/settings.h"
#include "lively/data/source.h"

namespace lively::lab {

// What a training came to, as a study keeps it: one line of its ledger.
struct TrialLine {
  uint64_t seed = 0;
  double accuracy = 0;  // a fraction, on the test set, at the end; 0 if a loss was not finite
  std::optional<double> loss{};  // on the test set; empty if it is not finite
  double majority = 0;           // the share of the test set's most frequent class
  std::string verdict{};         // its code; `diagnose` of nn/liveness gives it
  bool diverged = false;
  int64_t steps = 0;
  // By rectifier layer, in a census of all training samples.
  std::vector<int64_t> units{}, born{}, dead{};
  // The share of all units that is dead: at birth, after each epoch (in a census of the first
  // 10,000 training samples), at the end in place of the last.
  std::vector<double> dead_share{};
  std::vector<double> accuracies{};  // on the test set, after each epoch; 0 where it was poisoned

  // The first epoch (from 1) whose test accuracy is at least 90 % of the way from the majority
  // share to that of the best epoch; empty where it does not learn.
  std::optional<int64_t> converged() const;
  // Did it go at least a tenth of the way from the majority share to no error, in any epoch?
  bool learns() const;
  double born_share() const;
  double end_share() const;
};

// Of a case: the data and how many samples of them, and all flags but the seed, so that what stands
// in a ledger of another recipe is not taken for this one's.
std::string trial_type(const Settings& recipe, const DataSplits& data);

// Trains with all instruments of the recipe's level, as `run` of whole_run.h does, to the same
// bits. What it gives hangs on recipe and data alone but for "seconds", which no table shows.
// nullopt: `stop` came first. Throws ValueError where parts of the recipe do not go together.
std::optional<Json> trial_line(
    const Settings& recipe, const DataSplits& data, const std::atomic<bool>& stop);

// Reads what `trial_line` gave, from its ledger. Throws Json::exception where a field lacks.
TrialLine read_trial(const Json& line);

}  // namespace lively::lab
