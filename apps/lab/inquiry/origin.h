#pragma once

#include "lively/data/dataset.h"
#include "lively/nn/liveness/diagnose.h"
#include "lively/nn/module.h"

namespace lively::lab {

// Where the first value that is not finite came from, of a training step whose loss was not finite:
// makes its forward pass again, with the same weights, batch and draws, and leaves the model as it
// was. `samples` [N] tells which training samples the batch is made of. A parameter that was not
// finite before the step got so in backward or in the update of the step before, where the layers
// nearest to the loss come first.
NonFinite find_origin(Module& model, const std::string& loss, const Batch& batch,
    const Tensor& samples, int64_t step);

}  // namespace lively::lab
