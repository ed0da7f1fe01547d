#pragma once

#include <atomic>
#include <optional>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/recipe/settings.h"
#include "lively/data/source.h"

namespace lively::lab {

// Trains as `run` of whole_run.h does, to the same bits, with a census at birth, after each epoch
// and at the end, and no verdict, whose experiments would cost several times the training. What the
// line has is read by measures.h. `train` false: the state before the first step. nullopt: `stop`
// came first. Throws ValueError where parts of the recipe do not go together.
std::optional<Json> watched_run(
    const Settings& recipe, const DataSplits& data, bool train, const std::atomic<bool>& stop);

}  // namespace lively::lab
