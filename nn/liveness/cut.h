#pragma once

#include <string>
#include <vector>

#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/place.h"

namespace lively {

// A dead cut is a set of dead units that meets every path from the input to the loss. What is found
// is one layer at a time: all of its units dead, and no module on the way to it leads a shortcut
// around (Module::bypasses). Sets that are spread over the channels of several residual sums are
// not looked for.

// The layers of a census that are each a dead cut; empty if the network is not known to be dead.
std::vector<std::string> dead_cuts(Module& model, const Census& census);

}  // namespace lively
