#pragma once

#include <functional>
#include <string>

#include "apps/lab/recipe/exit_code.h"
#include "apps/lab/recipe/settings.h"

namespace lively::lab {

// Runs `body`, which gives an exit code; errors become one line on stderr and their code.
int report_errors(const std::string& program, const std::function<int()>& body);

// Loads the data, trains, shows and logs: a training program once its flags are read. Gives
// the exit code; errors are one line on stderr.
int run_program(Settings settings);

}  // namespace lively::lab
