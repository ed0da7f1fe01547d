#include <algorithm>
#include <cmath>
#include <map>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::vector<Tick> deaths(const RunLog& run, int colour, const std::string& of) {
  std::map<int64_t, int64_t> count;
  for (const RunLog::Change& c : run.changes) count[c.step] += c.death && !c.born;
  std::vector<Tick> ticks;
  for (const auto& [step, n] : count)
    if (n > 0)
      ticks.push_back({static_cast<double>(step),
          thousands(n) + (n == 1 ? " death" : " deaths") + " seen at step " + thousands(step) + of,
          colour});
  return ticks;
}

// A log with more steps at which units died is shown by the first of each stretch.
std::vector<Tick> thinned(std::vector<Tick> ticks) {
  constexpr std::size_t kMost = 300;
  const std::size_t every = ticks.size() / kMost + 1;
  std::vector<Tick> kept;
  for (std::size_t i = 0; i < ticks.size(); i += every) kept.push_back(std::move(ticks[i]));
  return kept;
}

// What is drawn of a run; each list over steps.
enum Quantity { train_loss, test_loss, train_accuracy, test_accuracy, gradient, ratio, quantities };
constexpr const char* kNames[quantities] = {"training loss", "test loss", "training accuracy",
    "test accuracy", "gradient norm", "update over weight"};

std::vector<Point> points_of(const RunLog& run, Quantity what) {
  std::vector<Point> points;
  const bool steps =
      what == gradient || what == ratio || (what == train_loss && !run.train.empty());
  // The first loss is not among those of every so manyth step.
  if (what == train_loss && std::isfinite(run.birth_loss)) points.push_back({0, run.birth_loss});
  if (what == train_loss && steps && !run.losses.empty() && run.train.front().step > 1)
    points.push_back({1, run.losses.front()});
  if (steps) {
    for (const RunLog::Train& t : run.train)
      points.push_back({static_cast<double>(t.step), what == gradient ? t.gradient_norm
                                                     : what == ratio  ? t.update_ratio
                                                                      : t.loss});
  } else {
    for (const RunLog::Eval& e : run.eval)
      points.push_back({static_cast<double>(e.step), what == train_loss       ? e.train_loss
                                                     : what == test_loss      ? e.test_loss
                                                     : what == train_accuracy ? e.train_accuracy
                                                                              : e.test_accuracy});
  }
  return points;
}

// Solid is training, dashed is test.
bool dashed(Quantity what) { return what == test_loss || what == test_accuracy; }

// Runs that differ in their seed alone.
struct Group {
  std::vector<std::size_t> runs;
  std::string name;  // ", run 2", ", runs 1, 2 and 3"; empty: there is one run
};

std::vector<Group> groups_of(const std::vector<RunLog>& all) {
  std::vector<Group> groups;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string key;
    for (const auto& [name, value] : all[i].settings)
      if (name != "seed" && name != "command" && name != "threads")
        key += name + "=" + value + "\n";
    const auto found = std::ranges::find(keys, key);
    if (found == keys.end()) {
      keys.push_back(key);
      groups.push_back({{i}, ""});
    } else {
      groups[static_cast<std::size_t>(found - keys.begin())].runs.push_back(i);
    }
  }
  for (Group& g : groups) {
    if (all.size() == 1) break;
    g.name = g.runs.size() == 1 ? ", run " : ", runs ";
    for (std::size_t k = 0; k < g.runs.size(); ++k)
      g.name += (k == 0                      ? ""
                    : k + 1 == g.runs.size() ? " and "
                                             : ", ") +
                std::to_string(g.runs[k] + 1);
  }
  return groups;
}

// One run as it is; of several the mean, within a band from the lowest to the highest, where all
// have a value, and each of them faintly.
void add_lines(const std::vector<RunLog>& runs, const Group& group, int colour, Quantity what,
    std::vector<Line>& lines) {
  if (group.runs.size() == 1) {
    lines.push_back(
        {kNames[what] + group.name, points_of(runs[group.runs[0]], what), colour, dashed(what)});
    return;
  }
  std::map<double, std::vector<double>> at;
  for (const std::size_t i : group.runs) {
    for (const Point& p : points_of(runs[i], what))
      if (std::isfinite(p.y)) at[p.x].push_back(p.y);
    lines.push_back({"", points_of(runs[i], what), colour, dashed(what), true});
  }
  Line mean{message("mean ", kNames[what], group.name), {}, colour, dashed(what)};
  for (const auto& [x, values] : at) {
    if (values.size() != group.runs.size()) continue;
    double sum = 0;
    for (const double v : values) sum += v;
    mean.points.push_back({x, sum / static_cast<double>(values.size())});
    const auto [low, high] = std::ranges::minmax(values);
    mean.band.push_back({x, low, high});
  }
  lines.push_back(std::move(mean));
}

}  // namespace

std::string curves_section(const std::vector<RunLog>& runs) {
  const std::vector<Group> groups = groups_of(runs);
  std::vector<Line> losses, accuracies, gradients, sizes;
  std::vector<Tick> ticks;
  bool bands = false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const int colour = static_cast<int>(g);
    bands |= groups[g].runs.size() > 1;
    if (const RunLog& run = runs[groups[g].runs[0]];
        groups[g].runs.size() == 1 && run.train.size() < run.losses.size()) {
      Line each{"loss of each batch" + groups[g].name, {}, colour, false, true};
      for (std::size_t i = 0; i < run.losses.size(); ++i)
        each.points.push_back({static_cast<double>(i + 1), run.losses[i]});
      losses.push_back(std::move(each));
    }
    add_lines(runs, groups[g], colour, train_loss, losses);
    add_lines(runs, groups[g], colour, test_loss, losses);
    add_lines(runs, groups[g], colour, train_accuracy, accuracies);
    add_lines(runs, groups[g], colour, test_accuracy, accuracies);
    add_lines(runs, groups[g], colour, gradient, gradients);
    add_lines(runs, groups[g], colour, ratio, sizes);
    for (const std::size_t i : groups[g].runs) {
      const auto of_run =
          thinned(deaths(runs[i], colour, runs.size() == 1 ? "" : message(", run ", i + 1)));
      ticks.insert(ticks.end(), of_run.begin(), of_run.end());
    }
  }
  const std::string sums =
      line_chart("Norm of the gradient of all parameters", gradients, {}, false) +
      line_chart("Size of a step over size of the weights (rms)", sizes, {}, false);
  std::string main =
      line_chart(ticks.empty() ? "Loss" : "Loss; marks under the axis: deaths seen by a census",
          losses, ticks, false);
  if (runs.size() == 1 && !runs[0].train.empty()) {
    const int64_t first = runs[0].train.front().step;
    if (std::isfinite(runs[0].birth_loss))
      main += paragraph("At step 0: of the training set, before the first update.", "muted");
    else if (first > 1 && runs[0].losses.empty())
      main += paragraph(message("The curve begins at step ", thousands(first),
                            ": the log has no loss before it."),
          "muted");
  }
  main += line_chart("Accuracy", accuracies, {}, true);
  if (bands)
    main += paragraph(
        "Runs that differ in their seed alone are one line: their mean, in a band from the lowest "
        "to the highest.",
        "muted");
  return heading("Loss and accuracy over steps") +
         (main.empty() ? paragraph("The log has none: the run ended before the first was due.")
                       : main) +
         (sums.empty() ? "" : heading("Gradients and steps") + sums);
}

}  // namespace lively::lab
