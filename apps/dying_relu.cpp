// Networks that fail, and what heals them: rows and remedies, each cell on several seeds.
#include <cmath>
#include <cstdio>

#include "apps/lab/cases/progress.h"
#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/study/dying_page.h"
#include "apps/lab/study/layer_deaths.h"
#include "apps/lab/study/row_table.h"
#include "apps/lab/study/sheet.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/data/atomic_file.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr int kSeeds = 4, kQuickSeeds = 3;
constexpr int64_t kPictures = 10'000;

struct Wanted {
  StudyOptions study{};
  DataFlags data{};
  std::string digits{}, cifar{};
};

std::string command_of(const Wanted& w) {
  std::string text = w.study.command() + w.data.command();
  if (!w.digits.empty()) text += " --digits " + w.digits;
  if (!w.cifar.empty()) text += " --cifar " + w.cifar;
  return text;
}

std::vector<const Row*> rows_of(const StudyOptions& o) {
  std::vector<std::string_view> names;
  for (const Row& row : rows()) names.push_back(row.name);
  o.check_only(names);
  std::vector<const Row*> wanted;
  for (const Row& row : rows())
    if (o.only.empty() ? !o.quick || row.quick : o.wants(std::string(row.name)))
      wanted.push_back(&row);
  return wanted;
}

DataByWord data_for(const std::vector<const Row*>& rows, const Wanted& w) {
  DataByWord all;
  for (const Row* row : rows) {
    if (all.contains(row->data)) continue;
    std::string of_its_own;
    if (row->data == "digits") of_its_own = w.digits;
    if (row->data == "colours") of_its_own = w.cifar;
    if (row->data == "circles") of_its_own = "circles";
    all.emplace(row->data,
        of_its_own.empty() ? w.data.load(kPictures) : DataFlags().load(kPictures, of_its_own));
  }
  return all;
}

std::string time_text(double seconds) {
  if (seconds < 90) return std::to_string(std::lround(seconds)) + " s";
  return std::to_string(std::lround(seconds / 60)) + " min";
}

// How many cases there are, and how long those will take that are not made yet.
void say_beforehand(const std::vector<Cell>& cells, const std::vector<Case>& cases,
    const Ledger& ledger, int workers) {
  std::map<std::string, double> seconds;
  for (const Cell& cell : cells) seconds[cell.type] = seconds_of(cell);
  double sum = 0;
  std::size_t there = 0;
  for (const Case& c : cases) {
    if (ledger.find(c.type, c.seed)) {
      ++there;
    } else {
      sum += seconds.at(c.type);
    }
  }
  std::printf("%zu trainings", cases.size());
  if (there > 0) std::printf(", %zu of them made before", there);
  if (there < cases.size())
    std::printf(", about %s on %d core%s", time_text(sum / workers).c_str(), workers,
        workers == 1 ? "" : "s");
  std::printf("\n");
  std::fflush(stdout);
}

void show(const std::vector<RowResult>& rows) {
  for (const RowResult& row : rows) {
    std::printf("\n%s  %s\n%s\n\n%s\n%s\n", std::string(row.row->name).c_str(),
        caption(row).c_str(), wrap(std::string(row.row->why), screen_width()).c_str(),
        text_of(grid_of(row)).c_str(), wrap(row.sentence(), screen_width()).c_str());
    if (const std::string layers = by_layer(row.cells.front()); !layers.empty())
      std::printf("%s\n", wrap("As it is: " + layers + ".", screen_width()).c_str());
  }
  for (const Twins& t : twins_of(rows))
    std::printf("\n%s\n", wrap(sentence(t), screen_width()).c_str());
  if (const std::string text = ranking(rows); !text.empty())
    std::printf("\n%s\n", wrap(text, screen_width()).c_str());
  std::printf("\n%s\n", wrap(legend(), screen_width()).c_str());
}

int study(const Wanted& w) {
  const StudyOptions& o = w.study;
  std::vector<const Row*> rows = rows_of(o);
  const DataByWord data = data_for(rows, w);
  const std::string left_out = leave_out(rows, data);
  const int seeds = o.seeds > 0 ? o.seeds : o.quick ? kQuickSeeds : kSeeds;
  const std::vector<Cell> cells = cells_of(rows, seeds, o.quick, data);
  const std::vector<Case> cases = cases_of(cells);
  Ledger ledger(o.out + ".jsonl", object({{"study", o.program}, {"lines", 1}}), check_of_trials());
  const auto line = progress_line();
  bool said = false;
  // Who hands out is asked for progress at once; other ranks of mpirun never are, and are silent.
  const Limits limits{.interrupt = o.interrupt, .progress = [&](int64_t made, int64_t of) {
                        if (!said) say_beforehand(cells, cases, ledger, cases_at_once());
                        said = true;
                        line("trainings", made, of);
                      }};
  if (!hand_out(cases, ledger, limits, make_of(cells))) {
    std::printf("Interrupted; what was made is kept, and the same command goes on.\n");
    return kInterrupted;
  }
  const std::vector<RowResult> results = results_of(cells, ledger);
  show(results);
  if (!left_out.empty()) std::printf("\n"), say(left_out);
  write_csv(o.out + ".csv", csv_of(results));
  const std::string markdown = markdown_of(results);
  detail::AtomicFile file(o.out + ".md");
  file.write(markdown.data(), markdown.size());
  file.commit();
  Sheet sheet{.title = "Dying ReLU: what fails, and what heals it",
      .answers = {},
      .body = dying_page(results),
      .command = command_of(w),
      .made = made_here()};
  if (const std::string text = ranking(results); !text.empty()) sheet.answers.push_back(text);
  if (!left_out.empty()) sheet.answers.push_back(left_out);
  write_sheet(o.out + ".html", sheet);
  std::printf("\nPage   %s.html\nTable  %s.csv, %s.md   Lines  %s.jsonl\nAgain  %s\n",
      o.out.c_str(), o.out.c_str(), o.out.c_str(), o.out.c_str(), command_of(w).c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted w;
  w.study.program = "dying_relu";
  Arguments arguments(
      "Networks that fail, and what heals them: each row a network, each column a remedy, each "
      "cell on several seeds.\n\n"
      "  dying_relu --quick                 a few rows and remedies, two minutes on two cores\n"
      "  dying_relu --only u005 --seeds 8   one row, with more seeds",
      w.study.program);
  add_study_arguments(arguments, w.study);
  w.data.add_to_study(arguments,
      "what most rows are trained on, as for the training programs: pictures, or a table or "
      "arrays, "
      "without the rows that need pictures");
  arguments.add({.name = "--digits",
                    .value = "DIR",
                    .help = "MNIST, for the rows whose networks had it; else those pictures"},
      w.digits);
  arguments.add({.name = "--cifar",
                    .value = "DIR",
                    .help = "CIFAR-10, for the note's convolutional network; else those pictures"},
      w.cifar);
  return run_study(argc, argv, arguments, w.study, [&] { return study(w); });
}
