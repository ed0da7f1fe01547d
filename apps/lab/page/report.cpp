#include "apps/lab/page/report.h"

#include <algorithm>
#include <cmath>
#include <ctime>
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
      if (name != "model" && std::ranges::find(all, name, &Setting::name) == all.end())
        all.push_back({name, {}});
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

constexpr std::size_t kMostOpen = 3;  // of more runs the parts of each are folded

// A line for each of several.
std::string summary(const std::vector<RunLog>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunLog& run = runs[i];
    const auto& f = run.final;
    std::string seed = "–";
    for (const auto& [name, value] : run.settings)
      if (name == "seed") seed = value;
    rows.push_back({name_of(run, i, runs.size()), seed,
        f && std::isfinite(f->test_accuracy) ? percent(f->test_accuracy) + " %" : "–",
        f ? message(thousands(f->dead), " of ", thousands(f->units)) : "–",
        f ? thousands(f->steps) : "–", run.path.empty() ? "–" : run.path});
  }
  return table({"run", "seed", "test accuracy", "dead", "steps", "log"}, rows);
}

// Which of them are told of at length: all, but of the seeds of one recipe the first with each
// verdict.
std::vector<std::size_t> told_of(const std::vector<RunLog>& runs, bool seeds) {
  std::vector<std::size_t> told;
  const auto verdict = [&](std::size_t i) { return runs[i].final ? runs[i].final->verdict : ""; };
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (!seeds ||
        std::ranges::none_of(told, [&](std::size_t k) { return verdict(k) == verdict(i); }))
      told.push_back(i);
  return told;
}

// The module tree, for who wants it.
std::string models(const std::vector<RunLog>& runs) {
  std::string html;
  for (const RunLog& run : runs)
    if (!run.model.empty())
      html += folded("The network as modules", "<pre>" + escaped(run.model) + "</pre>");
  return html;
}

// The sections of one run that have something to say; `of` names it where there are several.
std::string body_of(const RunLog& run, const std::string& of, const std::string& id) {
  std::string html;
  const auto section = [&](const char* title, const std::string& content) {
    if (!content.empty()) html += heading(title + of) + content;
  };
  section("What was tried to heal it", treatment_section(run));
  section("The plane, frame by frame", field_chart(run, id));
  section("Confusion and mistakes", mistakes_section(run));
  section("Dead units by layer and time", heat_section(run));
  section("Lives of units", lives_section(run));
  section("Weights, activations and gradients by layer", spreads_section(run));
  section("Layers", layers_section(run));
  section("Why they died", causes_section(run));
  section("Who can wake again", prophecies_section(run));
  section("Units worth reading", units_section(run));
  section("What was not found", not_found_section(run));
  std::vector<Said> notes;
  for (const std::string& w : run.warnings) notes.push_back({"Note", ": " + w});
  return html + equal_lines(notes, "notes", "muted");
}

// Who finds the page of a run that was killed sees since when nothing came.
std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts));
}

}  // namespace

std::string html_report(const std::vector<RunLog>& runs, int refresh) {
  const bool seeds = are_seeds(runs), rates = runs.size() == 1 && runs[0].rate_test;
  const std::string several = std::to_string(runs.size()) +
                              (seeds ? " seeds of one recipe" : " runs compared"),
                    title = rates              ? "Learning rates of a network"
                            : runs.size() == 1 ? "Autopsy of a run"
                                               : "Autopsy: " + several;
  std::string html = open_page(title, refresh) + chart_clip();
  if (refresh > 0)
    html += paragraph(
        "running; written at " + utc_now() + ", and read anew every few seconds", "muted");
  if (seeds) html += seeds_section(runs);
  if (runs.size() > 1) html += summary(runs);
  const std::vector<std::size_t> told = told_of(runs, seeds);
  for (const std::size_t i : told) {
    if (rates) break;
    const std::string verdict = verdict_section(runs[i],
        runs.size() == 1 ? network_words(runs[i])
                         : name_of(runs[i], i, runs.size()) + ": " + network_words(runs[i]),
        refresh > 0);
    html += told.size() > kMostOpen
                ? folded("Verdict on " + name_of(runs[i], i, runs.size()), verdict)
                : verdict;
  }
  for (const RunLog& run : runs) html += doctor_section(run);
  html += rates ? rates_section(runs[0]) : (seeds ? "" : differences(runs)) + curves_section(runs);
  for (const std::size_t i : told) {
    if (rates) break;
    const std::string name = name_of(runs[i], i, runs.size()),
                      body = body_of(runs[i], runs.size() == 1 ? "" : ": " + name,
                          "film" + std::to_string(i + 1));
    html += told.size() > kMostOpen ? folded("All of " + name, body) : body;
  }
  std::vector<RunLog> ways;  // to make them again
  for (const std::size_t i : told) ways.push_back(runs[i]);
  html += heading("Settings") + settings(ways) + models(ways) + heading("How to reproduce");
  for (const RunLog& run : ways) {
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

}  // namespace lively::lab
