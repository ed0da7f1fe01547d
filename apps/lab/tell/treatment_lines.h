#pragma once

#include "apps/lab/run/events.h"

namespace lively::lab {

// Shows a person, on stdout, what was tried to heal a run.
void say_treatment(const Treated& treated);

}  // namespace lively::lab
