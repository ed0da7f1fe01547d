#include "tests/layers/rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <sstream>

namespace house {
namespace {

struct Include {
  int line;
  bool quoted;
  std::string name;
};

struct Layer {
  std::string_view name;
  std::vector<std::string_view> below;  // itself included
};
const std::array kLayers{
    Layer{"tensor", {"tensor"}},
    Layer{"autograd", {"tensor", "autograd"}},
    Layer{"nn", {"tensor", "autograd", "nn"}},
    Layer{"optim", {"tensor", "autograd", "optim"}},
    Layer{"data", {"tensor", "data"}},
    Layer{"embed", {"tensor", "autograd", "nn", "data", "embed"}},
};

// The folders of apps/lab, and its session.{h,cpp} with whole_run.{h,cpp}, each of which may
// include those before it. The page rests on words alone; what else lies in apps/lab itself may
// include all but what studies are made of, and the programs all.
constexpr std::array kLab{"words", "ranks", "recipe", "run", "inquiry", "tell", "session", "trials",
    "treatment", "doctor", "cases", "study", "rivals", "grading", "graveyard"};
// All that words and the page take of the library, so that a page needs no more than a log.
constexpr std::array kOfPage{
    "lively/tensor/error.h", "lively/data/atomic_file.h", "lively/nn/liveness/wording.h"};

// Third-party headers and the only folder that may name them.
struct Guest {
  std::string_view prefix, folder;
};
constexpr std::array kGuests{
    Guest{"cblas", "tensor"},
    Guest{"openblas", "tensor"},
    Guest{"dlfcn.h", "tensor"},
    Guest{"zlib", "data"},
    Guest{"stb", "data"},
    Guest{"CLI", "apps"},
    Guest{"nlohmann", "apps"},
    Guest{"mpi", "apps"},
    Guest{"doctest", "tests"},
};

// Spares each file that names it the parser.
constexpr std::string_view kJson = "apps/lab/words/nlohmann.h";

// The C interface, and what it needs of C.
constexpr std::string_view kOfC = "apps/embed/c.h", kIntegersOfC = "stdint.h";

constexpr std::array kHeavy{"iostream", "random", "thread", "filesystem", "regex", "chrono"};

template <class Range>
bool contains(const Range& range, std::string_view name) {
  return std::find(range.begin(), range.end(), name) != range.end();
}

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('/')); }

// The folder at the top, but for the part of the library that lies in apps.
std::string_view layer_of(std::string_view path) {
  return path.starts_with("apps/embed/") ? "embed" : first_part(path);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Include> includes_of(std::string_view text) {
  static const std::regex form(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Include> found;
  int number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    std::smatch match;
    if (line.find("include") != std::string::npos && std::regex_match(line, match, form))
      found.push_back({number, match[1] == "\"", match[2]});
  }
  return found;
}

std::string broken(std::string_view path, int line, const std::string& what) {
  return std::string(path) + ":" + std::to_string(line) + ": " + what;
}

// "run" of apps/lab/run/step.h; "session" of session.{h,cpp} and whole_run.{h,cpp}; empty for what
// lies elsewhere, or else in apps/lab itself.
std::string_view lab_folder(std::string_view path) {
  constexpr std::string_view kHome = "apps/lab/";
  if (!path.starts_with(kHome)) return {};
  const std::string_view rest = path.substr(kHome.size());
  if (rest.starts_with("session.") || rest.starts_with("whole_run.")) return "session";
  return rest.find('/') == rest.npos ? std::string_view{} : first_part(rest);
}

std::optional<std::string> fault_in_lab(std::string_view path, const std::string& name) {
  const std::string_view from = lab_folder(path), to = lab_folder(name);
  if (from.empty()) {
    // What lies in apps/lab itself is of lively_lab, which links without lively_study.
    constexpr std::array kOfStudies{"cases", "study", "rivals", "grading", "graveyard"};
    if (path.starts_with("apps/lab/") && contains(kOfStudies, to))
      return "\"" + name + "\" is for studies alone";
    return {};
  }
  const auto rank = [](std::string_view folder) {
    return std::find(kLab.begin(), kLab.end(), folder) - kLab.begin();
  };
  if (from != "page" && !contains(kLab, from))
    return "apps/lab/" + std::string(from) + "/ has no place in the lab's order";
  if (name.starts_with("lively/")) {
    if ((from == "page" || from == "words") && !contains(kOfPage, name))
      return "\"" + name + "\": a page needs a log, and of the library errors and files alone";
    return {};
  }
  if (from == to || (from == "page" && to == "words")) return {};
  if (from == "study" && to == "page") return {};  // a study draws a page of its own
  if (from == "page" || to == "page") return "\"" + name + "\" points up or aside";
  if (!contains(kLab, to) || rank(to) > rank(from)) return "\"" + name + "\" points up";
  return {};
}

std::optional<std::string> fault_of_quoted(std::string_view path, const std::string& name) {
  const std::string_view folder = layer_of(path);
  if (name.starts_with("apps/") || name.starts_with("tests/")) {
    if (folder == "tests") return {};
    if (folder == "apps" && name.starts_with("apps/")) return fault_in_lab(path, name);
    return "\"" + name + "\" points up";
  }
  if (!name.starts_with("lively/"))
    return "\"" + name + "\": ours are spelled \"lively/<layer>/…\" (or \"apps/…\", \"tests/…\")";
  const std::string_view target = first_part(std::string_view(name).substr(7));
  for (const Layer& layer : kLayers)
    if (layer.name == folder && target != "version.h" && !contains(layer.below, target))
      return "\"" + name + "\" points up or aside";
  return fault_in_lab(path, name);
}

}  // namespace

bool is_internal(std::string_view text) {
  const auto lines = lines_of(text);
  return std::any_of(lines.begin(), lines.begin() + std::min<std::size_t>(3, lines.size()),
      [](const std::string& line) { return line.starts_with("// internal:"); });
}

std::vector<std::string> ours(std::string_view text) {
  std::vector<std::string> names;
  for (const Include& include : includes_of(text))
    if (include.name.starts_with("lively/")) names.push_back(include.name.substr(7));
  return names;
}

std::vector<std::string> includes(std::string_view path, std::string_view text) {
  std::vector<std::string> faults;
  const std::string_view folder = layer_of(path);
  for (const Include& include : includes_of(text)) {
    if (include.quoted) {
      if (const auto fault = fault_of_quoted(path, include.name))
        faults.push_back(broken(path, include.line, *fault));
      continue;
    }
    if (include.name == "nlohmann/json.hpp" && folder == "apps" && path != kJson)
      faults.push_back(broken(
          path, include.line, "<" + include.name + "> comes by \"" + std::string(kJson) + "\""));
    for (const Guest& guest : kGuests)
      if (include.name.starts_with(guest.prefix) && folder != guest.folder && folder != "tests")
        faults.push_back(broken(path, include.line,
            "<" + include.name + "> belongs in " + std::string(guest.folder) + "/"));
  }
  return faults;
}

std::vector<std::string> header(std::string_view path, std::string_view text) {
  std::vector<std::string> faults;
  if (text.find("#pragma once") == std::string_view::npos)
    faults.push_back(broken(path, 1, "no #pragma once"));
  if (is_internal(text)) return faults;
  for (const Include& include : includes_of(text)) {
    if (include.quoted) continue;
    if (contains(kHeavy, include.name))
      faults.push_back(broken(
          path, include.line, "<" + include.name + "> is dear to every user of this header"));
    const bool c = path == kOfC && include.name == kIntegersOfC;
    if (include.name.find_first_of("./") != std::string::npos && !c)
      faults.push_back(broken(path, include.line,
          "<" + include.name + ">: a public header includes only standard C++ headers and ours"));
  }
  int number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (line.starts_with("#define"))
      faults.push_back(broken(path, number, "public headers define no macros"));
  }
  return faults;
}

std::vector<std::string> length(std::string_view path, std::string_view text) {
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const int most = first_part(path) == "tests" ? 600 : 400;
  if (lines <= most) return {};
  return {broken(path, static_cast<int>(lines),
      "over " + std::to_string(most) + " lines: perhaps two subjects")};
}

// A closure kept for backward holds tensors by Saved, whose version is checked, and never a
// Variable, which would be a cycle. A name is judged by its last declaration above; that is crude
// and enough.
std::vector<std::string> captures(std::string_view path, std::string_view text) {
  static const std::regex comment(R"(//[^\n]*)");
  static const std::regex lambda(R"(\[([^\[\]\n]*)\]\s*\()");
  static const std::regex item(R"(\s*&?(\w+)\s*(=\s*(.*\S))?\s*)");
  static const std::regex whole(R"((?:std::move\()?(\w+)\)?|.*\.data\(\))");

  const std::string code = std::regex_replace(std::string(text), comment, "");
  if (code.find("differentiable(") == std::string::npos) return {};
  const auto is_tensor = [](const std::string& above, const std::string& name) {
    const std::regex declared("(\\w+)[ &]+" + name + "\\s*[=,;:(){}]");
    std::string type;
    for (std::sregex_iterator at(above.begin(), above.end(), declared), end; at != end; ++at)
      if ((*at)[1] != "return") type = (*at)[1];
    return type == "Tensor" || type == "Variable";
  };
  const auto in_grad = [](const std::string& above) {
    static const std::regex open(R"(\bgrad\(\s*\w+\s*,\s*$)");
    const auto near = above.end() - std::min<std::ptrdiff_t>(80, std::ssize(above));
    return std::regex_search(near, above.end(), open);
  };

  std::vector<std::string> faults;
  for (std::sregex_iterator match(code.begin(), code.end(), lambda), end; match != end; ++match) {
    const std::string above = code.substr(0, static_cast<std::size_t>(match->position()));
    const int line = 1 + static_cast<int>(std::count(above.begin(), above.end(), '\n'));
    std::istringstream list{(*match)[1].str()};
    for (std::string part; std::getline(list, part, ',');) {
      std::smatch one, value;
      if (part == "=" && in_grad(above))
        faults.push_back(broken(path, line, "[=] hides what the closure keeps"));
      if (!std::regex_match(part, one, item)) continue;
      const std::string from = one[2].matched ? one[3].str() : one[1].str();
      if (!std::regex_match(from, value, whole)) continue;
      if (!value[1].matched || is_tensor(above, value[1]))
        faults.push_back(broken(path, line, "[" + part + "] keeps a tensor without Saved"));
    }
  }
  return faults;
}

}  // namespace house
