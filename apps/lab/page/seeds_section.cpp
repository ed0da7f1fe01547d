#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Settings that two seeds of a recipe may have their own of.
bool of_its_own(const std::string& name) { return name == "seed" || name == "command"; }

std::string seed_of(const RunLog& run) {
  const auto found =
      std::ranges::find(run.settings, "seed", &std::pair<std::string, std::string>::first);
  return found == run.settings.end() ? "" : found->second;
}

// Mean ± standard error of what is finite.
Measured measured(double x, const std::vector<double>& values) {
  double n = 0, mean = 0, squares = 0;
  for (const double v : values)
    if (std::isfinite(v)) mean += v, ++n;
  mean /= n;
  for (const double v : values)
    if (std::isfinite(v)) squares += (v - mean) * (v - mean);
  const double error = n > 1 ? std::sqrt(squares / (n - 1) / n) : kNone;
  return {x, n > 0 ? mean : kNone, mean - error, mean + error};
}

// One value a run at each step at which any has one.
class Band {
 public:
  explicit Band(std::string name, bool dashed = false) : line_{std::move(name), {}, dashed} {}
  void add(int64_t step, double value) { at_[step].push_back(value); }
  IntervalLine line() {
    for (const auto& [step, values] : at_)
      line_.points.push_back(measured(static_cast<double>(step), values));
    return std::move(line_);
  }

 private:
  IntervalLine line_;
  std::map<int64_t, std::vector<double>> at_;
};

std::string bands(const std::vector<RunLog>& runs) {
  Band train("training loss"), test("test loss", true);
  Band right("training accuracy"), held("test accuracy", true), dead("dead units");
  for (const RunLog& run : runs) {
    for (const RunLog::Train& t : run.train) train.add(t.step, t.loss);
    for (const RunLog::Eval& e : run.eval) {
      test.add(e.step, e.test_loss);
      right.add(e.step, e.train_accuracy);
      held.add(e.step, e.test_accuracy);
    }
    std::map<int64_t, double> by_step;  // the last census of a step is of all training images
    for (const RunLog::Census& c : run.censuses) {
      double n = 0, units = 0;
      for (const RunLog::Layer& l : c.layers)
        n += static_cast<double>(l.dead), units += static_cast<double>(l.units);
      if (units > 0) by_step[c.step] = n / units;
    }
    for (const auto& [step, share] : by_step) dead.add(step, share);
  }
  return band_chart("Loss", {.x = "step", .y = "loss"}, {train.line(), test.line()}) +
         band_chart("Accuracy", {.x = "step", .y = "accuracy", .percent = true},
             {right.line(), held.line()}) +
         band_chart("Dead units, of all", {.x = "step", .y = "dead units", .percent = true},
             {dead.line()});
}

}  // namespace

bool are_seeds(const std::vector<RunLog>& runs) {
  if (runs.size() < 2) return false;
  std::set<std::string> seeds;
  for (const RunLog& run : runs) {
    if (!run.final || run.settings.size() != runs[0].settings.size()) return false;
    for (std::size_t i = 0; i < run.settings.size(); ++i)
      if (run.settings[i] != runs[0].settings[i] && !of_its_own(run.settings[i].first))
        return false;
    seeds.insert(seed_of(run));
  }
  return seeds.size() == runs.size();
}

std::string seeds_section(const std::vector<RunLog>& runs) {
  std::vector<double> accuracies;
  std::map<std::string, int64_t> verdicts;
  std::vector<std::vector<std::string>> rows;
  for (const RunLog& run : runs) {
    const RunLog::Final& f = *run.final;
    accuracies.push_back(f.best_accuracy.value_or(f.test_accuracy));
    ++verdicts[f.verdict.empty() ? "no verdict" : spoken(f.verdict)];
    rows.push_back(
        {seed_of(run), std::isfinite(accuracies.back()) ? percent(accuracies.back()) + " %" : "–",
            thousands(f.dead) + " of " + thousands(f.units),
            f.verdict.empty() ? "no verdict" : spoken(f.verdict), run.path});
  }
  const Measured a = measured(0, accuracies);
  const auto finite = std::ranges::count_if(accuracies, [](double v) { return std::isfinite(v); });
  std::string counts;
  for (const auto& [verdict, n] : verdicts)
    counts += (counts.empty() ? "" : ", ") + verdict + " " + std::to_string(n);
  std::string html = heading("What the seeds came to");
  html +=
      paragraph(std::isfinite(a.y)
                    ? message("Test accuracy ", percent(a.y, 2),
                          std::isfinite(a.low) ? " ± " + percent(a.y - a.low, 2) : "",
                          " %: mean ± standard error over ", finite, " of ", runs.size(), " seeds.")
                    : "No run has a test accuracy that is a number.");
  html += paragraph("Verdicts: " + counts + ".");
  std::vector<std::vector<std::string>> shown;
  for (const auto& row : listed(rows)) shown.push_back(row);
  html += table({"seed", "test accuracy", "dead units", "verdict", "log"}, shown) +
          and_more(rows.size(), "seeds");
  return html + heading("Over all seeds") + bands(runs) +
         paragraph(
             "Lines: means over the seeds that have a number there; bands: ± one standard error.",
             "muted");
}

}  // namespace lively::lab
