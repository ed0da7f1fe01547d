#include "apps/lab/graveyard/answers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/lab/words/base64.h"
#include "apps/lab/words/json_object.h"
#include "apps/lab/words/json_value.h"
#include "apps/lab/words/text.h"
#include "lively/data/atomic_file.h"
#include "lively/nn/liveness/verdicts.h"
#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr const char* kNote =
    "# The answers to the runs of this folder, encoded (base64) so that nobody reads them by "
    "accident.\n# They are no secret: ./apps/graveyard open shows them.\n";
constexpr std::size_t kColumns = 76;

Json told(const Intervention& i) {
  return object({{"change", i.change}, {"accuracy", i.accuracy}});
}
Intervention intervention_of(const Json& j) { return {j.at("change"), j.at("accuracy")}; }

Json line_of(const Grave& g) {
  Json wrong = Json::array();
  for (const Intervention& i : g.wrong) wrong.push_back(told(i));
  return object({{"run", g.run}, {"cause", g.cause}, {"codes", g.codes}, {"data", g.data},
      {"flags", g.faulty}, {"majority", g.majority}, {"accuracy", g.accuracy}, {"bar", g.bar},
      {"undone", told(g.undone)}, {"wrong", wrong}, {"said", g.said}});
}

Grave grave_of(const Json& j) {
  Grave g{.run = j.at("run"),
      .cause = j.at("cause"),
      .codes = j.at("codes"),
      .data = j.at("data"),
      .faulty = j.at("flags"),
      .majority = j.at("majority"),
      .accuracy = j.at("accuracy"),
      .bar = j.at("bar"),
      .undone = intervention_of(j.at("undone"))};
  for (const Json& one : j.at("wrong")) g.wrong.push_back(intervention_of(one));
  g.said = j.at("said");
  return g;
}

void write_file(const std::string& path, const std::string& text) {
  detail::AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

std::ifstream opened(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail<DataError>(path, ": cannot be read: ", std::strerror(errno));
  return in;
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t\r"), to = text.find_last_not_of(" \t\r");
  return from == text.npos ? "" : text.substr(from, to - from + 1);
}

std::vector<std::string_view> codes() {
  std::vector<std::string_view> all;
  for (int v = 0; v <= static_cast<int>(Verdict::unsure); ++v)
    all.emplace_back(name(static_cast<Verdict>(v)));
  return all;
}

}  // namespace

void check_new(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return;
  if (!std::filesystem::is_directory(folder, error))
    fail<ValueError>(folder, ": is a file; needs a folder that is new or empty");
  if (!std::filesystem::is_empty(folder, error))
    fail<ValueError>(folder, ": is not empty; needs a folder that is new or empty");
}

void write_graveyard(const std::string& folder, const std::vector<Grave>& graves) {
  std::string answers;
  for (const Grave& g : graves) {
    std::string log;
    for (const std::string& line : g.log) log += line + "\n";
    write_file(folder + "/" + g.run + ".jsonl", log);
    answers += one_line(line_of(g)) + "\n";
  }
  const std::string sealed = base64(answers);
  std::string text = kNote;
  for (std::size_t i = 0; i < sealed.size(); i += kColumns)
    text += sealed.substr(i, kColumns) + "\n";
  write_file(folder + "/" + kAnswerFile, text);
}

std::vector<Grave> read_graveyard(const std::string& folder) {
  const std::string path = folder + "/" + kAnswerFile;
  std::ifstream in = opened(path);
  std::string sealed;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("#")) sealed += trimmed(line);
  const auto answers = from_base64(sealed);
  if (!answers || answers->empty())
    fail<DataError>(path, ": is not base64; needs what graveyard make wrote");
  std::vector<Grave> graves;
  std::istringstream lines(*answers);
  for (std::string line; std::getline(lines, line);) {
    try {
      graves.push_back(grave_of(parsed(line)));
    } catch (const Json::exception&) {
      fail<DataError>(path, ": answer ", graves.size() + 1, ": is none as Lively writes them");
    } catch (const DataError& error) {
      fail<DataError>(path, ": answer ", graves.size() + 1, ": ", error.what());
    }
  }
  return graves;
}

std::vector<Said> read_said(const std::string& path, const std::vector<Grave>& graves) {
  std::ifstream in = opened(path);
  std::vector<std::string_view> runs;
  for (const Grave& g : graves) runs.emplace_back(g.run);
  std::vector<Said> said;
  int64_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    text = trimmed(text);
    if (text.empty() || text.starts_with("#") || (number == 1 && text == "run,code")) continue;
    try {
      const auto comma = text.find(',');
      if (comma == text.npos || text.find(',', comma + 1) != text.npos)
        fail<DataError>(text, ": needs run,code, as ", runs.front(), ",died");
      const Said one{trimmed(text.substr(0, comma)), trimmed(text.substr(comma + 1))};
      if (std::ranges::find(runs, one.run) == runs.end())
        fail<DataError>(one.run, ": no such run; there are ", runs.front(), " to ", runs.back());
      if (std::ranges::find(said, one.run, &Said::run) != said.end())
        fail<DataError>(one.run, ": is named twice; needs one code a run");
      const auto known = codes();
      if (std::ranges::find(known, one.code) == known.end())
        fail_unknown(one.code, "verdict", known);
      said.push_back(one);
    } catch (const Error& error) {
      fail<DataError>(path, ":", number, ": ", error.what());
    }
  }
  return said;
}

}  // namespace lively::lab
