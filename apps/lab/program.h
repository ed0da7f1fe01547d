#pragma once

#include <functional>
#include <string>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// What programs exit with.
enum ExitCode : int {
  kGood = 0,
  kUnexpected = 1,
  kUsage = 2,
  kData = 3,      // missing or corrupt
  kDiverged = 4,  // the verdict is printed all the same
  kInterrupted = 130,
};

// Runs `body`, which gives an exit code; errors become one line on stderr and their code.
int report_errors(const std::string& program, const std::function<int()>& body);

// Loads the data, trains, shows and logs: a training program once its flags are read. Gives
// the exit code; errors are one line on stderr.
int run_program(Settings settings);

}  // namespace lively::lab
