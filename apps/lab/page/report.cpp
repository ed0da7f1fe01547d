#include "apps/lab/page/report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/field_chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string name_of(const RunLog& run, std::size_t i, std::size_t runs) {
  if (runs == 1) return "this run";
  return "run " + std::to_string(i + 1) + " (" +
         (!run.final                      ? "cut off"
             : run.final->verdict.empty() ? "no verdict"
                                          : spoken(run.final->verdict)) +
         ")";
}

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

std::string curves(const std::vector<RunLog>& runs) {
  std::vector<Line> losses, accuracies, gradients, sizes;
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunLog& run = runs[i];
    const int colour = static_cast<int>(i);
    const std::string of = runs.size() == 1 ? "" : ", run " + std::to_string(i + 1);
    Line train{"training loss" + of, {}, colour}, test{"test loss" + of, {}, colour, true};
    Line right{"training accuracy" + of, {}, colour, true}, held{"test accuracy" + of, {}, colour};
    Line gradient{"gradient norm" + of, {}, colour}, ratio{"update over weight" + of, {}, colour};
    for (const RunLog::Train& t : run.train) {
      train.points.push_back({static_cast<double>(t.step), t.loss});
      gradient.points.push_back({static_cast<double>(t.step), t.gradient_norm});
      ratio.points.push_back({static_cast<double>(t.step), t.update_ratio});
    }
    for (const RunLog::Eval& e : run.eval) {
      if (run.train.empty()) train.points.push_back({static_cast<double>(e.step), e.train_loss});
      test.points.push_back({static_cast<double>(e.step), e.test_loss});
      right.points.push_back({static_cast<double>(e.step), e.train_accuracy});
      held.points.push_back({static_cast<double>(e.step), e.test_accuracy});
    }
    losses.insert(losses.end(), {train, test});
    accuracies.insert(accuracies.end(), {held, right});
    gradients.push_back(gradient);
    sizes.push_back(ratio);
    const auto of_run = thinned(deaths(run, colour, of));
    ticks.insert(ticks.end(), of_run.begin(), of_run.end());
  }
  const std::string sums =
      line_chart("Norm of the gradient of all parameters", gradients, {}, false) +
      line_chart("Size of a step over size of the weights (rms)", sizes, {}, false);
  const std::string main =
      line_chart(ticks.empty() ? "Loss" : "Loss; marks under the axis: deaths seen by a census",
          losses, ticks, false) +
      line_chart("Accuracy", accuracies, {}, true);
  return heading("Loss and accuracy over steps") +
         (main.empty() ? paragraph("The log has none: the run ended before the first was due.")
                       : main) +
         (sums.empty() ? "" : heading("Gradients and steps") + sums);
}

struct Setting {
  std::string name;
  std::vector<std::string> values;  // one a run
  bool differs() const {
    return std::ranges::any_of(values, [&](const std::string& v) { return v != values[0]; });
  }
};

std::vector<Setting> settings_of(const std::vector<RunLog>& runs) {
  std::vector<Setting> all;
  for (const RunLog& run : runs)
    for (const auto& [name, value] : run.settings)
      if (std::ranges::find(all, name, &Setting::name) == all.end()) all.push_back({name, {}});
  for (Setting& s : all) {
    for (const RunLog& run : runs) {
      const auto found =
          std::ranges::find(run.settings, s.name, &std::pair<std::string, std::string>::first);
      s.values.push_back(found == run.settings.end() ? "–" : found->second);
    }
  }
  return all;
}

std::string differences(const std::vector<RunLog>& runs) {
  if (runs.size() == 1) return "";
  std::string text;
  for (const Setting& s : settings_of(runs)) {
    if (!s.differs() || s.name == "command") continue;
    text += (text.empty() ? "" : "; ") + s.name + ": ";
    for (std::size_t i = 0; i < s.values.size(); ++i) text += (i ? " | " : "") + s.values[i];
  }
  return paragraph(text.empty() ? "The runs have the same settings."
                                : "What differs between them, in order: " + text + ".");
}

std::string settings(const std::vector<RunLog>& runs) {
  std::string html = "<div class=\"wide words\"><table><thead><tr><th scope=\"col\">setting</th>";
  for (std::size_t i = 0; i < runs.size(); ++i)
    html += "<th scope=\"col\">" + escaped(name_of(runs[i], i, runs.size())) + "</th>";
  html += "</tr></thead><tbody>";
  for (const Setting& s : settings_of(runs)) {
    html += "<tr" + std::string(s.differs() ? " class=\"differs\"" : "") + "><th scope=\"row\">" +
            escaped(s.name) + (s.differs() ? " (differs)" : "") + "</th>";
    for (const std::string& v : s.values) html += "<td>" + escaped(v) + "</td>";
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

// The sections of one run that have something to say; `of` names it where there are several.
std::string body_of(const RunLog& run, const std::string& of, const std::string& id) {
  std::string html;
  const auto section = [&](const char* title, const std::string& content) {
    if (!content.empty()) html += heading(title + of) + content;
  };
  section("What was tried to heal it", treatment_section(run));
  section("The plane, frame by frame", field_chart(run, id));
  section("Dead units by layer and time", heat_section(run));
  section("Lives of units", lives_section(run));
  section("Layers", layers_section(run));
  section("Why they died", causes_section(run));
  section("Who can wake again", prophecies_section(run));
  section("Units worth reading", units_section(run));
  section("What was not found", not_found_section(run));
  for (const std::string& w : listed(run.warnings)) html += paragraph("Note: " + w, "muted");
  return html + and_more(run.warnings.size(), "notes");
}

// What ends a page: the settings, and how to make the runs again.
std::string how_made(const std::vector<RunLog>& runs) {
  std::string html = heading("Settings") + settings(runs) + heading("How to reproduce");
  for (const RunLog& run : runs) {
    if (!run.command.empty()) html += "<pre>" + escaped(run.command) + "</pre>";
    std::string made = run.app == "mnist_mlp" || run.app == "mnist_resnet"
                           ? "Lively " + run.version
                           : message(run.app, " ", run.version);
    if (run.final && !run.final->weights_hash.empty())
      made += "; weights " + run.final->weights_hash + " (same machine, same threads)";
    html += paragraph(made + "." + (run.path.empty() ? "" : " Log: " + run.path), "muted");
  }
  return html + close_page();
}

}  // namespace

std::string html_report(const std::vector<RunLog>& runs) {
  const bool seeds = are_seeds(runs);
  const std::string title =
      runs.size() == 1 ? runs[0].rate_test ? "Learning rates of a network" : "Autopsy of a run"
                       : "Autopsy: " + std::to_string(runs.size()) +
                             (seeds ? " seeds of one recipe" : " runs compared");
  std::string html = open_page(title);
  if (seeds)
    return html + seeds_section(runs) +
           paragraph("Below: the first of them; the others differ in --seed alone.", "muted") +
           how_made({runs[0]});
  if (runs.size() == 1 && runs[0].rate_test) return html + rates_section(runs[0]) + how_made(runs);
  for (std::size_t i = 0; i < runs.size(); ++i)
    html += verdict_section(runs[i],
        runs.size() == 1 ? runs[i].model : name_of(runs[i], i, runs.size()) + ": " + runs[i].model);
  for (const RunLog& run : runs) html += doctor_section(run);
  html += differences(runs) + curves(runs);
  for (std::size_t i = 0; i < runs.size(); ++i)
    html += body_of(runs[i], runs.size() == 1 ? "" : ": " + name_of(runs[i], i, runs.size()),
        "film" + std::to_string(i + 1));
  return html + how_made(runs);
}

}  // namespace lively::lab
