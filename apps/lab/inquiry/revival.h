#pragma once

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/outcome.h"

namespace lively::lab {

// Would the network learn if its dead units lived? Trains two copies for a while with the
// run's own settings, one of them with the incoming weights of its dead units redrawn by
// he_uniform, and compares: cured if the revived one loses at least a fifth of the loss more, at
// the run's rate or at a tenth of it.
// `model`, an MLP, is left as it was.
bool revival_cures(
    const Settings& settings, Module& model, const DataSplits& data, const Examination& end);

}  // namespace lively::lab
