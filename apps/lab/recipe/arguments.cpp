#include "apps/lab/recipe/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "apps/lab/recipe/cores.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"
#include "lively/version.h"

namespace lively::lab {
namespace {

void describe(CLI::Option* option, const Argument& a) {
  option->group(a.group);
  option->required(a.required);
  if (a.value.empty()) return;
  option->type_name(a.value);
  if (!a.otherwise.empty()) option->default_str(a.otherwise);
}

// What --help says of an argument, beside its name; broken already where it has line feeds.
std::string beside(const std::string& help) {
  constexpr std::size_t kNames = 30, kLeast = 20;  // columns of CLI11's first, and ours
  if (help.find('\n') != help.npos) return help;
  return wrap(help, std::max(screen_width(), kNames + kLeast) - kNames);
}

// Of a command line that has been read: what --threads says; 0: nothing, or all.
long threads_of(int argc, char** argv) {
  constexpr std::string_view kName = "--threads";
  long n = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == kName && i + 1 < argc) n = std::strtol(argv[i + 1], nullptr, 10);
    if (flag.starts_with("--threads=")) n = std::strtol(argv[i] + kName.size() + 1, nullptr, 10);
  }
  return n;
}

}  // namespace

struct Arguments::Parser {
  CLI::App app;
};

Arguments::Arguments(const std::string& about, const std::string& program)
    : parser_(new Parser{CLI::App(about, program)}) {}
Arguments::~Arguments() = default;

void Arguments::footer(const std::string& text) { parser_->app.footer(text); }

void Arguments::add(const Argument& a, bool& on) {
  describe(parser_->app.add_flag(a.name, on, beside(a.help)), a);
}
void Arguments::add(const Argument& a, std::string& text) {
  describe(parser_->app.add_option(a.name, text, beside(a.help)), a);
}
void Arguments::add(const Argument& a, int& number, int lowest, int highest) {
  CLI::Option* option = parser_->app.add_option(a.name, number, beside(a.help));
  describe(option, a);
  option->check(CLI::Range(lowest, highest));
}
void Arguments::add(const Argument& a, std::vector<std::string>& texts) {
  describe(parser_->app.add_option(a.name, texts, beside(a.help)), a);
}
void Arguments::add(const Argument& a, std::vector<std::string>& texts, int fewest, int most) {
  CLI::Option* option = parser_->app.add_option(a.name, texts, beside(a.help));
  describe(option, a);
  option->expected(fewest, most);
}

void Arguments::add(const Argument& a, const std::function<void(const std::string&)>& read) {
  const auto checked = [name = a.name, read](const std::string& value) {
    try {
      read(value);
    } catch (const Error& e) {
      throw CLI::ValidationError(name + " " + e.what());
    }
  };
  CLI::App& app = parser_->app;
  CLI::Option* option = a.value.empty()
                            ? app.add_flag_callback(
                                  a.name, [checked] { checked("true"); }, beside(a.help))
                            : app.add_option_function<std::string>(a.name, checked, beside(a.help));
  describe(option, a);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::optional<int> Arguments::read(int argc, char** argv, std::vector<std::string>* unknown) {
  CLI::App& app = parser_->app;
  app.set_version_flag("--version", std::string("Lively ") + LIVELY_VERSION);
  app.allow_extras(unknown != nullptr);
  try {
    app.parse(argc, argv);
    if (unknown) *unknown = app.remaining();
  } catch (const CLI::CallForHelp& e) {
    return report_errors(app.get_name(), [&] { return app.exit(e); });
  } catch (const CLI::CallForVersion& e) {
    return report_errors(app.get_name(), [&] { return app.exit(e); });
  } catch (const CLI::ParseError& e) {
    print_error(app.get_name(), e.what());
    return kUsage;
  }
  tell_of_cores(app.get_name(), threads_of(argc, argv));
  return std::nullopt;
}

}  // namespace lively::lab
