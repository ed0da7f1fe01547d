#pragma once

#include <optional>

namespace CLI {
class App;
}

namespace lively::lab {

// Reads the command line of a small program. Gives the exit code if the program is to end here: 0
// after
// --help and --version, 2 after an error, which is one line on stderr.
std::optional<int> read_arguments(CLI::App& app, int argc, char** argv);

}  // namespace lively::lab
