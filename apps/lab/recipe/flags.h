#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/settings.h"

namespace lively::lab {

struct Switch {
  const char* name;  // "--check"
  const char* help;
  bool* on;
};

// What a program's command line takes, and what its --help says.
struct CommandLine {
  const char* about;
  std::vector<std::string_view> flags{};    // of flag_table(); none: all
  std::vector<std::string_view> without{};  // of these
  std::vector<Switch> switches{};           // of its own
};

// Reads the command line into `settings`, which hold the program's defaults; --resume first takes
// the flags of its checkpoint. Gives the exit code if the program is to end here:
// 0 after --help and the like, 2 after an error, which is one line on stderr that names the
// flag, the value and what was expected.
std::optional<int> read_flags(int argc, char** argv, const CommandLine& line, Settings& settings);

}  // namespace lively::lab
