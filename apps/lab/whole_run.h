#pragma once

#include "apps/lab/run/outcome.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// Builds the model of a recipe and trains it to the end, or as far as the budget goes: the loop
// that session.h shows.
Outcome run(const Settings& recipe, const DataSplits& data, Sink& out, const Budget& budget = {});
// The same with a model that is there.
Outcome run(Module& model, const Settings& recipe, const DataSplits& data, Sink& out,
    const Budget& budget = {});

}  // namespace lively::lab
