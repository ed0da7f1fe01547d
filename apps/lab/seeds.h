#pragma once

#include <vector>

#include "apps/lab/program.h"

namespace lively::lab {

// What --seeds asks for: as many recipes, of one run each, with the seed of `settings` and those
// after it. Each is run as with --threads 1, says so, and has files of its own, with the seed in
// their names: run-seed3.jsonl, best-seed3.safetensors.
std::vector<Settings> seed_recipes(const Settings& settings);

// Carries them out side by side, one a core, by `train`; shows a line a seed in their order, and
// ends with mean ± standard error of the accuracy and the verdicts' counts. Writes the settings'
// --log, an event `seeds` that says the same, and --report, from the logs of all. Gives the exit
// code. What Ctrl-C stops is left out, and named with its checkpoint.
int run_seeds(const Settings& settings, const DataSplits& data, Train& train);

}  // namespace lively::lab
