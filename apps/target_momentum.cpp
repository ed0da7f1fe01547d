// Dead units by the scale of the targets, for Adam and SGD with and without momentum, and the
// single unit of which Arnekvist et al. explain it.
#include <cstdio>
#include <string>
#include <vector>

#include "apps/lab/cases/progress.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/study/options.h"
#include "apps/lab/study/target_report.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"

namespace {

using namespace lively;
using namespace lively::lab;

constexpr TargetSize kFull{
    .updates = 100'000, .seeds = 8, .blocks = 4, .starts = 1000, .sampled = 200};
constexpr TargetSize kQuick{
    .updates = 50'000, .seeds = 2, .blocks = 1, .starts = 200, .sampled = 50};

void announce(const TargetSize& size, const std::vector<Case>& cases, const Ledger& ledger) {
  // Measured on an EPYC 9B45 core: 15 us an update, 0.7 ms a unit, 15 ms a unit on samples.
  double seconds = 0;
  std::size_t missing = 0;
  for (const Case& c : cases)
    if (!ledger.find(c.type, c.seed)) {
      ++missing;
      seconds += c.type.starts_with("unit")      ? 7e-4 * static_cast<double>(size.starts)
                 : c.type.starts_with("samples") ? 0.015 * static_cast<double>(size.sampled)
                 : c.type.starts_with("affine")  ? 1
                                                 : 15e-6 * static_cast<double>(size.updates);
    }
  const int minutes = static_cast<int>(seconds / cases_at_once() / 60) + 1;
  std::printf("%zu cases, %zu of them made before", cases.size(), cases.size() - missing);
  if (missing > 0)
    std::printf(
        ": about %d %s, by the rate of an EPYC 9B45", minutes, minutes == 1 ? "minute" : "minutes");
  std::printf(".\n");
  std::fflush(stdout);
}

int study(const StudyOptions& o) {
  TargetSize size = o.quick ? kQuick : kFull;
  if (o.seeds > 0) size.seeds = o.seeds;
  const std::vector<std::string> known = target_rows();
  o.check_only(std::vector<std::string_view>(known.begin(), known.end()));
  std::vector<std::string> rows;
  std::vector<Case> cases;
  for (const std::string& row : known) {
    if (!o.wants(row)) continue;
    rows.push_back(row);
    for (Case& c : target_cases(row, size)) cases.push_back(std::move(c));
  }
  Ledger ledger(o.out + ".jsonl",
      object({{"study", o.program}, {"updates", size.updates}, {"starts", size.starts},
          {"sampled", size.sampled}}),
      check_target_line);
  announce(size, cases, ledger);
  Limits limits{.workers = o.threads, .interrupt = o.interrupt};
  limits.progress = [line = progress_line()](
                        int64_t made, int64_t of) mutable { line("cases", made, of); };
  const RegressionSet data = synthetic_regression(Seed{0});
  if (!hand_out(cases, ledger, limits, [&](const Case& c, const std::atomic<bool>& stop) {
        return make_target_case(c, size, data, stop);
      })) {
    std::printf("Interrupted; what was made is kept, and the same command goes on.\n");
    return kInterrupted;
  }

  const TargetReport report(ledger, size, rows);
  struct Part {
    const char *title, *about;
    Grid grid;
  };
  const std::string updates = thousands(size.updates);
  const std::string learnt =
      "200 hidden units, batch 64, " + updates +
      " updates, targets of standard deviation gamma; dead: fires on none of the 1,500 training "
      "inputs; ± half the 95 % interval of Student's law over seeds; div.: so many diverged. The "
      "data are synthetic (6 correlated features; the paper's four sets are not here), so its "
      "curves, read off figure 1 by eye after 250,000 updates, stand beside ours for their shape.";
  const std::vector<Part> parts{
      {"Dead units by the scale of the targets", learnt.c_str(), report.scale_grid()},
      {"One unit, from uniform starts on [-1, 1]^2, rate 0.1",
          "Dead / found at the optimum, of so many starts as the interval (Wilson, 95 %) of the "
          "second column has; then with the sign of w forgotten in the gradient, and with more "
          "inputs. Dead: fires on less than 1 % of N(0, I).",
          report.unit_grid()},
      {"The same on samples, by Linear, relu and SGD",
          "1,000 steps on 1,000 samples, beside the closed form for as many steps.",
          report.sampled_grid()},
      {"Momentum above which an affine unit swings", "By formula, eigenvalues, and runs of SGD.",
          report.swing_grid()},
  };
  const std::vector<std::string> sentences = report.sentences();
  Sheet sheet{"Target scale, momentum and dying units", sentences, report.charts(), o.command(),
      made_here() + ". Intervals are at 95 %: Student's over seeds, Wilson's of shares"};
  for (const Part& p : parts) {
    if (p.grid.rows.empty()) continue;
    std::printf("\n%s\n%s", bold(p.title).c_str(), text_of(p.grid).c_str());
    say(p.about);
    sheet.body += heading(p.title) + table(p.grid.head, p.grid.rows) + paragraph(p.about);
  }
  std::printf("\n");
  for (const std::string& text : sentences) say(text);
  write_csv(o.out + ".csv", report.csv());
  write_sheet(o.out + ".html", sheet);
  std::printf(
      "\n%s.jsonl, .csv and .html are written. Again: %s\n", o.out.c_str(), o.command().c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  StudyOptions o;
  o.program = "target_momentum";
  Arguments arguments(
      "Arnekvist et al. (arXiv 2005.06195) again: dead units by the scale of the targets for Adam, "
      "SGD and momentum, and the single unit that is to explain them.",
      o.program);
  add_study_arguments(arguments, o);
  return run_study(argc, argv, arguments, o, [&] { return study(o); });
}
