#pragma once

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// Makes the experiments that the verdict asks for, on copies, and says so to the sink; puts
// their results into the evidence. `end` is the last examination on the training set.
void run_probes(Evidence& evidence, const Settings& settings, Module& model,
    const Optimizer& optimizer, const DataSplits& data, const Examination& end, Sink& out);

}  // namespace lively::lab
