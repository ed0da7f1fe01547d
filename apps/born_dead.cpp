// How often ReLU networks are born dead, and die in training: the experiments of Lu et al. 2019.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/study/births.h"
#include "apps/lab/study/options.h"
#include "apps/lab/study/regressions.h"
#include "apps/lab/trials/progress.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/text.h"
#include "lively/data/source.h"
#include "lively/tensor/threads.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int64_t kPictures = 1000;

constexpr const char* kAbout =
    "How often a ReLU network is born dead, by depth and width, beside the bounds of Lu et al. "
    "2019, and how often their regressions collapse.\n\n"
    "  born_dead --quick\n"
    "  born_dead --only 10x4,20x4 --seeds 100000";

struct Options {
  StudyOptions study;
  std::string data;
};

// Where none are named and none are found, those that need no file.
DataSplits pictures_of(const std::string& wanted) {
  try {
    return load_data(find_data(wanted));
  } catch (const DataError&) {
    if (!wanted.empty()) throw;
    return load_data(find_data("synthetic"));
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

int run(const Options& o) {
  o.study.check_only(row_names());
  const DataSplits data = pictures_of(o.data);
  const Births births(o.study.only, flat(data.train), data.name);
  const int64_t nets = o.study.seeds > 0 ? o.study.seeds : o.study.quick ? 1000 : 20'000;
  const Regressions regressions(o.study.only);
  const int64_t runs = o.study.seeds > 0 ? o.study.seeds : o.study.quick ? 100 : 1000;
  std::vector<Case> cases = births.cases(nets);
  for (Case& c : regressions.cases(runs)) cases.push_back(std::move(c));

  Ledger ledger(o.study.out + ".jsonl",
      Json{{"study", "born_dead"}, {"nets", Births::kNetsACase}, {"runs", Regressions::kRunsACase},
          {"epochs", Regressions::kEpochs}});
  double seconds = 0;
  int64_t missing = 0;
  for (const Case& c : cases)
    if (!ledger.find(c.type, c.seed))
      seconds += births.seconds(c.type) + regressions.seconds(c.type), ++missing;
  seconds /= threads();
  std::printf("%s of %s cases to make, about %s on %d %s.\n", thousands(missing).c_str(),
      thousands(static_cast<int64_t>(cases.size())).c_str(),
      seconds < 90 ? (std::to_string(1 + std::lround(seconds)) + " s").c_str()
                   : (std::to_string(std::lround(seconds / 60)) + " min").c_str(),
      threads(), threads() == 1 ? "core" : "cores");
  std::fflush(stdout);
  const auto progress = progress_line();
  const bool whole = hand_out(cases, ledger,
      {.interrupt = o.study.interrupt,
          .progress = [&](int64_t made, int64_t of) { progress("cases", made, of); }},
      [&](const Case& c, const std::atomic<bool>& stop) {
        return births.is_ours(c.type) ? births.make(c, stop) : regressions.make(c, stop);
      });
  if (!whole) return kInterrupted;

  Grid csv{.head = {"of", "inputs", "init", "what", "epochs", "k", "n", "percent", "low", "high",
               "lower_sure", "lower_t3", "upper_t2", "paper", "paper_from"},
      .rows = {}};
  Sheet sheet{
      .title = "Born dead: how often a ReLU network is constant before it is trained, and after",
      .answers = {},
      .body = "",
      .command = o.study.command(),
      .made = made_here()};
  const auto tell = [&](const std::string& title, const Section& section) {
    if (section.screen.rows.empty()) return;
    std::printf("\n%s\n%s%s\n", bold(title).c_str(), text_of(section.screen).c_str(),
        wrap(section.legend, 100).c_str());
    for (const std::string& said : section.sentences) std::printf("\n%s", wrap(said, 100).c_str());
    std::printf("\n");
    csv.rows.insert(csv.rows.end(), section.csv.rows.begin(), section.csv.rows.end());
    sheet.answers.insert(sheet.answers.end(), section.sentences.begin(), section.sentences.end());
    sheet.body += heading(title) + section.charts +
                  table(section.screen.head, section.screen.rows) +
                  paragraph(section.legend, "muted");
  };
  tell("Born dead", births.section(ledger, nets));
  tell("Trained", regressions.section(ledger, runs));
  std::printf("\n  %s\n", o.study.command().c_str());
  write_csv(o.study.out + ".csv", csv);
  write_sheet(o.study.out + ".html", sheet);
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  o.study.program = "born_dead";
  Arguments arguments(kAbout, "born_dead");
  add_study_arguments(arguments, o.study);
  arguments.add({.name = "--data",
                    .value = "DIR",
                    .help = "pictures for the row that takes some; as for the training programs"},
      o.data);
  return run_study(argc, argv, arguments, o.study, [&] { return run(o); });
}
