#include "apps/lab/recipe/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/preset.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/text.h"
#include "lively/nn/initializer.h"
#include "lively/tensor/spec.h"
#include "lively/version.h"

namespace lively::lab {
namespace {

void add(CLI::App& app, const Flag& flag, Settings& settings) {
  const auto read = [&](const std::string& value) {
    try {
      flag.read(settings, value);
    } catch (const Error& e) {
      throw CLI::ValidationError(flag.name, e.what());
    }
  };
  CLI::Option* option = flag.value.empty()
                            ? app.add_flag_callback(
                                  flag.name, [read] { read("true"); }, flag.help)
                            : app.add_option_function<std::string>(flag.name, read, flag.help);
  option->group(flag.group);
  if (flag.value.empty()) return;
  option->type_name(flag.value);
  option->default_str(flag.say(default_settings(settings.architecture)));
}

// CLI11's words for an unknown flag name only the flag; ours add the one that was meant.
std::string unknown_flag(const std::string& given, const std::vector<std::string_view>& names) {
  const std::string_view meant = nearest(given.substr(0, given.find('=')), names);
  if (given.rfind('-', 0) != 0) return given + ": not expected here; flags begin with --";
  return given + ": no such flag" +
         (meant.empty() ? " (--help lists them)" : ", did you mean " + std::string(meant) + "?");
}

int complain(const std::string& program, const std::string& text, int code = kUsage) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), text.c_str());
  return code;
}

// The value of a flag that the others override, wherever it stands, before these are read.
const char* value_of(std::string_view name, int argc, char** argv) {
  const char* value = nullptr;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == name && i + 1 < argc) value = argv[i + 1];
    if (flag.starts_with(name) && flag.substr(name.size()).starts_with('='))
      value = argv[i] + name.size() + 1;
  }
  return value;
}

void list_presets(Architecture architecture) {
  const auto known = preset_names(architecture);
  for (const Preset& p : presets())
    if (std::ranges::find(known, p.name) != known.end())
      std::printf("%s %s %s\n", pad(std::string(p.name), 18).c_str(),
          pad(name(p.verdict), 21).c_str(),
          architecture == Architecture::resnet && p.resnet_about ? p.resnet_about : p.about);
}

void check_resumable(const Settings& saved, const Settings& now) {
  for (const Flag* flag : difference(saved, now))
    if (flag->keeps == Flag::Keeps::always)
      fail<ValueError>(flag->name, " ", flag->say(now), ": ", now.resume, " was run with ",
          flag->say(saved).empty() ? "another value" : flag->say(saved), " and goes on with it");
}

constexpr const char* kEnd =
    "Exit codes: 0 good, 1 unexpected, 2 usage, 3 data missing or corrupt, 4 diverged, 130 "
    "interrupted.\n"
    "NO_COLOR is respected; progress goes to stderr, on a terminal only.";

}  // namespace

std::optional<int> read_flags(int argc, char** argv, const CommandLine& line, Settings& settings) {
  const std::string program = std::string(argv[0]).substr(std::string(argv[0]).rfind('/') + 1);
  CLI::App app(line.about, program);
  app.footer(kEnd);
  app.set_version_flag("--version", std::string("Lively ") + LIVELY_VERSION);
  app.get_formatter()->column_width(30);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  bool list_inits = false, presets_wanted = false;
  app.add_flag("--list-inits", list_inits, "print the initialisers' names and end")
      ->group("Network");
  std::vector<std::string_view> names{"--help", "--version", "--list-inits"};
  if (line.flags.empty()) {
    app.add_option("--preset", "a run that shows one failure; other flags override its own")
        ->type_name("NAME")
        ->group("Network");
    app.add_flag("--list-presets", presets_wanted,
           "print these runs and the verdicts they end with, and end")
        ->group("Network");
    names.insert(names.end(), {"--preset", "--list-presets"});
  }
  for (const Flag& flag : flag_table()) {
    const auto in = [&](const std::vector<std::string_view>& list) {
      return std::ranges::find(list, flag.name) != list.end();
    };
    if ((!line.flags.empty() && !in(line.flags)) || in(line.without)) continue;
    add(app, flag, settings);
    names.push_back(flag.name);
  }
  for (const Switch& s : line.switches) {
    app.add_flag(s.name, *s.on, s.help)->group("Output");
    names.push_back(s.name);
  }
  app.allow_extras();
  try {
    std::optional<Settings> saved;
    const char *preset = line.flags.empty() ? value_of("--preset", argc, argv) : nullptr,
               *checkpoint = value_of("--resume", argc, argv);
    if (preset && checkpoint)
      fail<ValueError>("--preset ", preset, ": --resume goes on with the flags of its checkpoint");
    if (preset) {
      try {
        apply_preset(preset, settings);
      } catch (const ValueError& e) {
        throw CLI::ValidationError("--preset", e.what());
      }
    }
    if (checkpoint) settings = *(saved = settings_of_checkpoint(checkpoint, settings.architecture));
    app.parse(argc, argv);
    if (saved) check_resumable(*saved, settings);
    if (saved) settings.planned_epochs = saved->epochs;
    if (const auto extras = app.remaining(); !extras.empty())
      return complain(program, unknown_flag(extras.front(), names));
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ValidationError& e) {
    // "--lr: -1: must be …" is read as one phrase: "--lr -1: must be …".
    std::string text = e.what();
    if (const auto colon = text.find(": "); colon != std::string::npos) text.erase(colon, 1);
    return complain(program, text);
  } catch (const CLI::ParseError& e) {
    return complain(program, e.what());
  } catch (const ValueError& e) {
    return complain(program, e.what());
  } catch (const DataError& e) {
    return complain(program, e.what(), kData);
  }
  if (presets_wanted) {
    list_presets(settings.architecture);
    return 0;
  }
  if (list_inits) {
    for (const std::string& name : Initializer::names()) std::puts(name.c_str());
    return 0;
  }
  return std::nullopt;
}

}  // namespace lively::lab
