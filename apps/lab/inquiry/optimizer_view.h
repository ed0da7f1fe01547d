#pragma once

#include "lively/nn/liveness/update_watch.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// The optimizer, which must outlive it, as liveness asks it.
OptimizerView view_of(const Optimizer& optimizer);

}  // namespace lively::lab
