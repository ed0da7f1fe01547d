#include "apps/lab/recipe/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "apps/lab/words/errors.h"
#include "lively/version.h"

namespace lively::lab {

std::optional<int> read_arguments(CLI::App& app, int argc, char** argv) {
  app.set_version_flag("--version", std::string("Lively ") + LIVELY_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
    return kUsage;
  }
  return std::nullopt;
}

}  // namespace lively::lab
