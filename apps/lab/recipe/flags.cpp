#include "apps/lab/recipe/flags.h"

#include <algorithm>
#include <cstdio>

#include "apps/lab/recipe/arguments.h"
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

// CLI11's words for an unknown flag name only the flag; ours add the one that was meant.
std::string unknown_flag(const std::string& given, const std::vector<std::string_view>& names) {
  const std::string_view meant = nearest(given.substr(0, given.find('=')), names);
  if (given.rfind('-', 0) != 0) return given + ": not expected here; flags begin with --";
  return given + ": no such flag" +
         (meant.empty() ? " (--help lists them)" : ", did you mean " + std::string(meant) + "?");
}

int complain(const std::string& program, const std::string& text) {
  print_error(program, text);
  return kUsage;
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
    "Exit codes: 0 good, 1 unexpected, 2 usage, 3 data missing or corrupt, 4 diverged,\n"
    "5 a verdict of --fail-on, 130 interrupted.\n"
    "NO_COLOR is respected; progress goes to stderr, on a terminal only.";

}  // namespace

std::optional<int> read_flags(int argc, char** argv, const CommandLine& line, Settings& settings) {
  const std::string program = std::string(argv[0]).substr(std::string(argv[0]).rfind('/') + 1);
  Arguments arguments(line.about, program);
  arguments.footer(kEnd);
  bool list_inits = false, presets_wanted = false;
  arguments.add(
      {.name = "--list-inits", .help = "print the initialisers' names and end", .group = "Network"},
      list_inits);
  std::vector<std::string_view> names{"--help", "--version", "--list-inits"};
  if (line.flags.empty()) {
    arguments.add({.name = "--preset",
                      .value = "NAME",
                      .help = "a run that shows one failure; other flags override its own",
                      .group = "Network"},
        [](const std::string&) {});
    arguments.add({.name = "--list-presets",
                      .help = "print these runs and the verdicts they end with, and end",
                      .group = "Network"},
        presets_wanted);
    names.insert(names.end(), {"--preset", "--list-presets"});
  }
  for (const Flag& flag : flag_table()) {
    const auto in = [&](const std::vector<std::string_view>& list) {
      return std::ranges::find(list, flag.name) != list.end();
    };
    if ((!line.flags.empty() && !in(line.flags)) || in(line.without)) continue;
    arguments.add(
        {.name = flag.name,
            .value = flag.value,
            .help = flag.help,
            .group = flag.group,
            .otherwise =
                flag.value.empty() ? "" : flag.say(default_settings(settings.architecture))},
        [&](const std::string& value) { flag.read(settings, value); });
    names.push_back(flag.name);
  }
  for (const Switch& s : line.switches) {
    arguments.add({.name = s.name, .help = s.help, .group = "Output"}, *s.on);
    names.push_back(s.name);
  }
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
        fail<ValueError>("--preset ", e.what());
      }
    }
    if (checkpoint) settings = *(saved = settings_of_checkpoint(checkpoint, settings.architecture));
    std::vector<std::string> unknown;
    if (const auto code = arguments.read(argc, argv, &unknown)) return code;
    if (saved) check_resumable(*saved, settings);
    if (saved) settings.planned_epochs = saved->epochs;
    if (!unknown.empty()) return complain(program, unknown_flag(unknown.front(), names));
  } catch (const std::exception&) {
    return errors_in_a_line(program, []() -> int { throw; });
  }
  if (!presets_wanted && !list_inits) return std::nullopt;
  return report_errors(program, [&] {
    if (presets_wanted) {
      list_presets(settings.architecture);
    } else {
      for (const std::string& name : Initializer::names()) std::puts(name.c_str());
    }
    return int{kGood};
  });
}

}  // namespace lively::lab
