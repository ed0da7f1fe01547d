#pragma once

#include "lively/data/safetensors.h"
#include "lively/nn/liveness/update_watch.h"

namespace lively::lab {

// For a checkpoint. `load` throws DataError or ValueError where something does not fit.
void save(Safetensors& file, const UpdateWatch& watch);
void load(const Safetensors& file, UpdateWatch& watch);

}  // namespace lively::lab
