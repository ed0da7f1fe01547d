#pragma once

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/outcome.h"

namespace lively::lab {

// What a run is, as resolved: for the screen and the log. `source`: where the data lie.
RunConfig config_of(const Settings& settings, Module& model, const DataSplits& data,
    const std::string& source, int64_t steps_per_epoch);

}  // namespace lively::lab
