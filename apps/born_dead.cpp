// How often ReLU networks are born dead, and die in training: the experiments of Lu et al. 2019;
// and a map of what becomes of a network, and of those around it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

#include "apps/lab/cases/progress.h"
#include "apps/lab/doctor/patient.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/recipe/data_of.h"
#include "apps/lab/study/births.h"
#include "apps/lab/study/failure_map.h"
#include "apps/lab/study/options.h"
#include "apps/lab/study/regressions.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/named.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int64_t kPictures = 1000;

constexpr const char* kAbout =
    "How often a ReLU network is born dead, by depth and width, beside the bounds of Lu et al. "
    "2019, and how often their regressions collapse. With --map: what becomes of a network of "
    "yours, and of those around it.\n\n"
    "  born_dead --quick\n"
    "  born_dead --only 10x4,20x4 --seeds 100000\n"
    "  born_dead --quick --map \"--depth 20 --width 8 --data moons\"";

struct Options {
  StudyOptions study;
  std::string data, map;
  bool mapped = false;
  Against against = Against::scale;
};

// Where none are named and none are found, those that need no file.
DataSplits pictures_of(Settings recipe) {
  try {
    return data_of(recipe);
  } catch (const DataError&) {
    if (!recipe.data.empty()) throw;
    recipe.data = "synthetic";
    return data_of(recipe);
  }
}

Tensor flat(const ImageDataset& set) {
  std::vector<int64_t> first(static_cast<std::size_t>(std::min(kPictures, set.size())));
  std::iota(first.begin(), first.end(), 0);
  return set.get(first).inputs.flatten(1);
}

std::vector<std::string_view> row_names() {
  std::vector<std::string_view> names;
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list;
    for (const BirthRow& row : birth_rows())
      if (list.empty() || list.back() != row.name()) list.push_back(row.name());
    for (const Regression& r : regressions()) list.push_back(r.name);
    return list;
  }();
  return {all.begin(), all.end()};
}

// What a study is made of, once its cases are listed.
struct Plan {
  std::string title;
  Json made_with;
  std::vector<Case> cases;
  std::function<double(const std::string& type)> seconds;  // of a case, on one core, about
  Make make;
  std::function<void(const Json& line)> check;
  std::function<std::vector<Named<Section>>(const Ledger&)> told;
  std::string command;
};

void announce(const Plan& plan, const Ledger& ledger) {
  double seconds = 0;
  int64_t missing = 0;
  for (const Case& c : plan.cases)
    if (!ledger.find(c.type, c.seed)) seconds += plan.seconds(c.type), ++missing;
  seconds /= cases_at_once();
  std::printf("%s of %s cases to make, about %s on %d %s.\n", thousands(missing).c_str(),
      thousands(static_cast<int64_t>(plan.cases.size())).c_str(),
      seconds < 90 ? (std::to_string(1 + std::lround(seconds)) + " s").c_str()
                   : (std::to_string(std::lround(seconds / 60)) + " min").c_str(),
      cases_at_once(), cases_at_once() == 1 ? "core" : "cores");
  std::fflush(stdout);
}

int carry_out(const StudyOptions& o, const Plan& plan) {
  Ledger ledger(o.out + ".jsonl", plan.made_with, plan.check);
  announce(plan, ledger);
  const auto progress = progress_line();
  const bool whole = hand_out(plan.cases, ledger,
      {.interrupt = o.interrupt,
          .progress = [&](int64_t made, int64_t of) { progress("cases", made, of); }},
      plan.make);
  if (!whole) {
    std::fprintf(
        stderr, "born_dead: interrupted; the same command goes on from %s.jsonl\n", o.out.c_str());
    return kInterrupted;
  }
  Grid csv;
  Sheet sheet{
      .title = plan.title, .answers = {}, .body = "", .command = plan.command, .made = made_here()};
  for (const auto& [title, section] : plan.told(ledger)) {
    if (section.screen.rows.empty()) continue;
    std::printf("\n%s\n%s%s\n\n", bold(title).c_str(), text_of(section.screen).c_str(),
        wrap(section.legend, screen_width()).c_str());
    for (const auto& said : {section.sentences, section.summary})
      for (const std::string& line : said) std::printf("%s\n", wrap(line, screen_width()).c_str());
    csv.head = section.csv.head;
    csv.rows.insert(csv.rows.end(), section.csv.rows.begin(), section.csv.rows.end());
    sheet.answers.insert(sheet.answers.end(), section.summary.begin(), section.summary.end());
    sheet.body += heading(title) + section.charts +
                  table(section.screen.head, section.screen.rows) +
                  paragraph(section.legend, "muted");
    for (const std::string& line : section.sentences) sheet.body += paragraph(line);
  }
  std::printf("\n  %s\n", plan.command.c_str());
  write_csv(o.out + ".csv", csv);
  write_sheet(o.out + ".html", sheet);
  return kGood;
}

int count(const Options& o) {
  o.study.check_only(row_names());
  Settings anywhere = default_settings(Architecture::mlp);
  anywhere.data = o.data;
  const DataSplits data = pictures_of(anywhere);
  const Births births(o.study.only, flat(data.train), data.name);
  const Regressions trained(o.study.only);
  const int64_t asked = o.study.seeds,
                nets = asked > 0       ? asked
                       : o.study.quick ? 1000
                                       : 20'000,
                runs = asked > 0       ? asked
                       : o.study.quick ? 200
                                       : 1000;
  std::vector<Case> cases = births.cases(nets);
  for (Case& c : trained.cases(runs)) cases.push_back(std::move(c));
  return carry_out(o.study,
      {.title = "Born dead: how often a ReLU network is constant before it is trained, and after",
          .made_with = object({{"study", "born_dead"}, {"nets", Births::kNetsACase},
              {"runs", Regressions::kRunsACase}, {"epochs", Regressions::kEpochs}}),
          .cases = std::move(cases),
          .seconds =
              [&](const std::string& type) { return births.seconds(type) + trained.seconds(type); },
          .make =
              [&](const Case& c, const std::atomic<bool>& stop) {
                return births.is_ours(c.type) ? births.make(c, stop) : trained.make(c, stop);
              },
          .check =
              [&](const Json& line) {
                return births.is_ours(line.at("type")) ? births.check_line(line)
                                                       : trained.check_line(line);
              },
          .told = [&](const Ledger& ledger) -> std::vector<Named<Section>> {
            return {{"Born dead", births.section(ledger, nets)},
                {"Trained", trained.section(ledger, runs)}};
          },
          .command = o.study.command() + (o.data.empty() ? "" : " --data " + o.data)});
}

int draw_map(const Options& o) {
  Settings recipe = recipe_of_command(o.map);
  if (!o.data.empty()) recipe.data = o.data;
  const DataSplits data = pictures_of(recipe);
  const FailureMap map(recipe, data, o.against, o.study.quick, o.study.seeds);
  StudyOptions study = o.study;
  if (const std::string quick = study.quick ? "-quick" : ""; study.out == study.program + quick) {
    study.out = study.program + "-map" + quick;
    constexpr std::array<std::string_view, 2> kEndings{".csv", ".html"};
    check_outputs(study, kEndings);
  }
  return carry_out(study,
      {.title = "What becomes of a network, and of those around it",
          .made_with = object({{"study", "born_dead --map"}}),
          .cases = map.cases(),
          .seconds = [&](const std::string& type) { return map.seconds(type); },
          .make = [&](const Case& c, const std::atomic<bool>& stop) { return map.make(c, stop); },
          .check = [](const Json& line) { FailureMap::check_line(line); },
          .told = [&](const Ledger& ledger) -> std::vector<Named<Section>> {
            return {{"What becomes of it", map.section(ledger)}};
          },
          .command = o.study.command() + " --map \"" + flags_of(recipe) + "\" --against " +
                     text_of(o.against)});
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  o.study.program = "born_dead";
  Arguments arguments(kAbout, "born_dead");
  add_study_arguments(arguments, o.study);
  arguments.add({.name = "--data",
                    .value = "DIR",
                    .help = "as for the training programs: pictures for the row that takes some, "
                            "and for the map"},
      o.data);
  arguments.add({.name = "--map",
                    .value = "FLAGS",
                    .help = "flags of mnist_mlp in one text: what becomes of that network, and of "
                            "those that are deeper, or drawn larger"},
      [&](const std::string& text) { o.map = text, o.mapped = true; });
  arguments.add({.name = "--against",
                    .value = "AXIS",
                    .help = "what the map sets depth against: scale (of the first weights), width "
                            "or rate",
                    .otherwise = "scale"},
      [&](const std::string& text) { o.against = parse_against(text); });
  return run_study(
      argc, argv, arguments, o.study, [&] { return o.mapped ? draw_map(o) : count(o); });
}
