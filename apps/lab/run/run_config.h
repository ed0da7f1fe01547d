#pragma once

#include "apps/lab/run/training.h"

namespace lively::lab {

// What a run is, as resolved: for the screen and the log.
RunConfig config_of(const Training& training);

}  // namespace lively::lab
