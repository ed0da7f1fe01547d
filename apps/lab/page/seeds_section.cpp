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

std::string dead_band(const std::vector<RunLog>& runs) {
  std::map<int64_t, std::vector<double>> all;  // one share a run at each step
  for (const RunLog& run : runs) {
    std::map<int64_t, double> by_step;  // the last census of a step is of all training images
    for (const RunLog::Census& c : run.censuses) {
      double n = 0, units = 0;
      for (const RunLog::Layer& l : c.layers)
        n += static_cast<double>(l.dead), units += static_cast<double>(l.units);
      if (units > 0) by_step[c.step] = n / units;
    }
    for (const auto& [step, share] : by_step) all[step].push_back(share);
  }
  IntervalLine line{"dead units, mean ± standard error", {}};
  for (const auto& [step, shares] : all)
    line.points.push_back(measured(static_cast<double>(step), shares));
  return band_chart(
      "Dead units, of all", {.x = "step", .y = "dead units", .percent = true}, {line});
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
  for (const RunLog& run : runs) {
    accuracies.push_back(run.final->best_accuracy.value_or(run.final->test_accuracy));
    ++verdicts[run.final->verdict.empty() ? "no verdict" : spoken(run.final->verdict)];
  }
  const Measured a = measured(0, accuracies);
  const auto finite = std::ranges::count_if(accuracies, [](double v) { return std::isfinite(v); });
  std::string counts;
  for (const auto& [verdict, n] : verdicts)
    counts += (counts.empty() ? "" : ", ") + verdict + " " + std::to_string(n);
  return paragraph(
             std::isfinite(a.y)
                 ? message("Test accuracy ", percent(a.y, 2),
                       std::isfinite(a.low) ? " ± " + percent(a.y - a.low, 2) : "",
                       " %: mean ± standard error over ", finite, " of ", runs.size(), " seeds.")
                 : "No run has a test accuracy that is a number.") +
         paragraph("Verdicts: " + counts + ". Told of at length is the first seed with each.") +
         dead_band(runs);
}

}  // namespace lively::lab
