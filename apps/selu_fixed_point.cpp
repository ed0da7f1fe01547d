// Mean and variance of a signal through 100 layers: SELU with the weights that it is made for, and
// with others, beside the closed form of the map from one layer to the next.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/cases/progress.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/study/fixed_point_report.h"
#include "apps/lab/study/options.h"
#include "apps/lab/words/errors.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace {

using namespace lively;
using namespace lively::lab;

struct Size {
  int64_t width, inputs;
  int depth, seeds;
};
constexpr Size kFull{256, 500, 100, 10}, kQuick{128, 300, 100, 4};

// How long a layer of that many units takes a sample, from a few of them.
double seconds_a_weight() {
  const std::atomic<bool> never{false};
  const auto began = std::chrono::steady_clock::now();
  constexpr int kLayers = 10;
  measured_signal({}, kLayers, kFull.inputs, Seed{0}, never);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return seconds / static_cast<double>(kLayers * kFull.inputs * kFull.width * kFull.width);
}

void announce(const std::vector<FixedPointRow>& rows, const Size& size, const Ledger& ledger) {
  double weights = 0;
  for (const FixedPointRow& row : rows)
    for (int seed = 1; seed <= size.seeds; ++seed)
      if (!ledger.find(row.name, static_cast<uint64_t>(seed)))
        weights += static_cast<double>(row.net.width * row.net.width * size.inputs * size.depth);
  const double minutes = weights > 0 ? seconds_a_weight() * weights / cases_at_once() / 60 : 0;
  std::printf("%lld rows, %d seeds each, %d layers of %lld units, %lld inputs: %s.\n",
      static_cast<long long>(rows.size()), size.seeds, size.depth,
      static_cast<long long>(size.width), static_cast<long long>(size.inputs),
      weights == 0 ? "all made before"
      : minutes < 1
          ? "about a minute"
          : ("about " + std::to_string(static_cast<int>(minutes + 1)) + " minutes").c_str());
  std::fflush(stdout);
}

int study(const StudyOptions& o) {
  Size size = o.quick ? kQuick : kFull;
  if (o.seeds > 0) size.seeds = o.seeds;
  std::vector<FixedPointRow> rows;
  std::vector<std::string> names;
  for (const FixedPointRow& row : fixed_point_rows(size.width)) {
    if (o.quick && row.wide) continue;
    names.push_back(row.name);
    if (o.wants(row.name)) rows.push_back(row);
  }
  o.check_only(std::vector<std::string_view>(names.begin(), names.end()));

  Ledger ledger(o.out + ".jsonl",
      object({{"study", o.program}, {"width", size.width}, {"inputs", size.inputs},
          {"depth", size.depth}}),
      [&](const Json& line) {
        if (signal_of_line(line).layers.size() != static_cast<std::size_t>(size.depth) + 1)
          fail<ValueError>("needs ", size.depth + 1, " layers");
      });
  announce(rows, size, ledger);
  std::vector<Case> cases;
  for (const FixedPointRow& row : rows)
    for (int seed = 1; seed <= size.seeds; ++seed)
      cases.push_back({row.name, static_cast<uint64_t>(seed)});
  Limits limits{.workers = o.threads, .interrupt = o.interrupt};
  limits.progress = [line = progress_line()](
                        int64_t made, int64_t of) mutable { line("networks", made, of); };
  const bool whole = hand_out(cases, ledger, limits,
      [&](const Case& c, const std::atomic<bool>& stop) -> std::optional<Json> {
        for (const FixedPointRow& row : rows) {
          if (row.name != c.type) continue;
          const auto m = measured_signal(row.net, size.depth, size.inputs, Seed{c.seed}, stop);
          if (m) return line_of(*m);
        }
        return {};
      });
  if (!whole) {
    std::printf("Interrupted; what was made is kept, and the same command goes on.\n");
    return kInterrupted;
  }

  std::vector<FixedPointResult> results;
  for (const FixedPointRow& row : rows) {
    FixedPointResult r{row, {}, predicted_signal(row.net, size.depth)};
    for (int seed = 1; seed <= size.seeds; ++seed)
      r.seeds.push_back(signal_of_line(*ledger.find(row.name, static_cast<uint64_t>(seed))));
    results.push_back(std::move(r));
  }
  const Grid pairings = pairing_grid(results), inputs = input_grid(results);
  const std::vector<std::string> theorems = theorem_sentences(), sentences = row_sentences(results);
  const std::string how = message(
      "Variance: of a unit over the inputs behind the last layer, geometric mean over ", size.seeds,
      " seeds with the 95 % interval of Student's law on logarithms; theory: infinitely many "
      "units; size: the mean square of the "
      "signal; alike: the share of it that is the same whatever the input; τ: fan-in times the "
      "variance of a weight. It holds if the mean is in [1/2, 2], else fades or grows; alike: more "
      "than half of the square is.");
  if (!pairings.rows.empty()) std::printf("\n%s", text_of(pairings).c_str());
  if (!inputs.rows.empty()) std::printf("\n%s", text_of(inputs).c_str());
  say("\n" + how + "\n");
  for (const std::string& text : theorems) say(text);
  for (const std::string& text : sentences) say(text);

  write_csv(o.out + ".csv", layer_grid(results));
  Sheet sheet{"SELU's fixed point", theorems, fixed_point_charts(results), o.command(),
      made_here() + ". " + how.substr(0, how.size() - 1)};  // the page ends it
  sheet.answers.push_back("From the table: what holds, and what does not, row by row below it.");
  if (!pairings.rows.empty())
    sheet.body += heading("Activation and weights") + table(pairings.head, pairings.rows);
  if (!inputs.rows.empty())
    sheet.body +=
        heading("Disturbed inputs, SELU + lecun_normal") + table(inputs.head, inputs.rows);
  sheet.body += heading("Row by row");
  for (const std::string& text : sentences) sheet.body += paragraph(text);
  write_sheet(o.out + ".html", sheet);
  std::printf(
      "\n%s.jsonl, .csv and .html are written. Again: %s\n", o.out.c_str(), o.command().c_str());
  return kGood;
}

}  // namespace

int main(int argc, char** argv) {
  StudyOptions o;
  o.program = "selu_fixed_point";
  Arguments arguments(
      "What 100 layers make of a signal's mean and variance: SELU and lecun_normal, the pairings "
      "that break it, disturbed inputs, and dropout, beside the map in closed form.",
      o.program);
  add_study_arguments(arguments, o);
  return run_study(argc, argv, arguments, o, [&] { return study(o); });
}
