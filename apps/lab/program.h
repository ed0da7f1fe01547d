#pragma once

#include "apps/lab/run/events.h"
#include "apps/lab/run/training.h"
#include "apps/lab/words/errors.h"

namespace lively::lab {

// What trains: a loop over a Session, as in whole_run.cpp.
using Train = Outcome(const Settings& recipe, const DataSplits& data, Sink& out, const Budget&);

// Loads the data, trains, shows and logs: a training program once its flags are read. Gives the
// exit code; errors are one line on stderr.
int run_program(Settings settings, Train& train);

}  // namespace lively::lab
