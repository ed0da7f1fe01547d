#include "apps/lab/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "apps/lab/chart.h"
#include "apps/lab/text.h"
#include "lively/data/atomic_file.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr const char* kStyle = R"(
:root{--ink:#1c2128;--paper:#ffffff;--muted:#57606a;--line:#d0d7de;--cell:#eef1f4;--heat:#0b3d91;--r0:#0969da;--r1:#bc4c00;--r2:#1a7f37;--r3:#8250df;--gone:#a0a7b0}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--muted:#9198a1;--line:#30363d;--cell:#1b2128;--heat:#79c0ff;--r0:#58a6ff;--r1:#ffa657;--r2:#56d364;--r3:#d2a8ff;--gone:#6e7681}}
@media print{:root{--ink:#000;--paper:#fff;--muted:#444;--line:#bbb;--cell:#eee;--heat:#000}figure,table{break-inside:avoid}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.4rem 0}
.verdict{border-left:.35rem solid var(--r0);padding:.2rem 1rem;margin:1rem 0}.verdict b{font-size:1.2rem}
.muted,.legend,figcaption{color:var(--muted);font-size:.9rem}code,pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
pre{background:var(--cell);padding:.6rem;border-radius:.3rem}figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
svg text{fill:var(--muted);font:12px system-ui,sans-serif}.grid{stroke:var(--line)}.tick{stroke:var(--ink);stroke-width:2}
polyline{fill:none;stroke-width:2}.run0{stroke:var(--r0)}.run1{stroke:var(--r1)}.run2{stroke:var(--r2)}.run3{stroke:var(--r3)}polyline.dashed{stroke-dasharray:6 4}
.key{display:inline-block;width:1.6rem;height:0;border-top:3px solid;margin-right:.4rem;vertical-align:middle}.key.run0{border-color:var(--r0)}.key.run1{border-color:var(--r1)}.key.run2{border-color:var(--r2)}.key.run3{border-color:var(--r3)}.key.dashed{border-top-style:dashed}
.key.fires{border-color:var(--r0)}.key.gone{border-color:var(--gone);border-top-style:dotted}.cell{fill:var(--cell)}.heat{fill:var(--heat)}.swatch{display:inline-block;width:1.2rem;vertical-align:middle;margin:0 .1rem}
line.fires{stroke:var(--r0);stroke-width:3}line.gone{stroke:var(--gone);stroke-width:3;stroke-dasharray:1 2}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;width:100%}th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}th:first-child,td:first-child{text-align:left}td.text{text-align:left;white-space:normal;overflow-wrap:anywhere}
)";

std::string heading(const std::string& text) { return "<h2>" + escaped(text) + "</h2>"; }
std::string paragraph(const std::string& text, const char* kind = "") {
  return std::string("<p") + (*kind ? std::string(" class=\"") + kind + "\"" : "") + ">" + escaped(text) + "</p>";
}

// "died" as a person would say it.
std::string spoken(std::string code) {
  std::ranges::replace(code, '_', ' ');
  return code;
}

std::string name_of(const RunLog& run, std::size_t i, std::size_t runs) {
  if (runs == 1) return "this run";
  return "run " + std::to_string(i + 1) + " (" + (run.final ? spoken(run.final->verdict) : "cut off") + ")";
}

std::string verdict(const RunLog& run, const std::string& title) {
  std::string html = "<section class=\"verdict\">";
  if (!title.empty()) html += paragraph(title, "muted");
  if (!run.final) {
    html += "<p><b>No verdict</b></p>" + paragraph("The log ends before the run did: it was interrupted, or is still under way.");
  } else {
    const RunLog::Final& f = *run.final;
    html += "<p><b>" + escaped(spoken(f.verdict)) + "</b></p>" + paragraph(f.text);
    std::string numbers = std::isfinite(f.test_accuracy) ? "Test accuracy " + percent(f.test_accuracy) + " ± " + percent(f.test_accuracy_se) + " %, " : "";
    numbers += thousands(f.dead) + " of " + thousands(f.units) + " units dead at the end, " + thousands(f.born_dead) + " at birth; " +
               thousands(f.steps) + " steps in " + compact(f.seconds) + " s.";
    html += paragraph(numbers) + paragraph("Evidence: weights, data, loss and the history of the run (level S+H).", "muted");
    if (!f.test_command.empty()) html += paragraph("The one change that tests it:") + "<pre>" + escaped(f.test_command) + "</pre>";
  }
  return html + "</section>";
}

std::vector<Tick> deaths(const RunLog& run) {
  std::map<int64_t, int64_t> count;
  for (const RunLog::Change& c : run.changes) count[c.step] += c.death && !c.born;
  std::vector<Tick> ticks;
  for (const auto& [step, n] : count)
    if (n > 0) ticks.push_back({static_cast<double>(step), thousands(n) + " deaths seen at step " + thousands(step)});
  return ticks;
}

std::string curves(const std::vector<RunLog>& runs) {
  std::vector<Line> losses, accuracies, sizes;
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunLog& run = runs[i];
    const int colour = static_cast<int>(i);
    const std::string of = runs.size() == 1 ? "" : ", run " + std::to_string(i + 1);
    Line train{"training loss" + of, {}, colour}, test{"test loss" + of, {}, colour, true};
    Line right{"training accuracy" + of, {}, colour, true}, held{"test accuracy" + of, {}, colour}, ratio{"update over weight" + of, {}, colour};
    for (const RunLog::Train& t : run.train) {
      train.points.push_back({static_cast<double>(t.step), t.loss});
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
    sizes.push_back(ratio);
    const auto of_run = deaths(run);
    ticks.insert(ticks.end(), of_run.begin(), of_run.end());
  }
  return heading("Loss and accuracy over steps") + line_chart("Loss; marks under the axis: deaths seen by a census", losses, ticks, false) +
         line_chart("Accuracy", accuracies, {}, true) + line_chart("Size of a step over size of the weights (rms)", sizes, {}, false);
}

std::string heat(const RunLog& run) {
  if (run.censuses.empty()) return paragraph("No census was taken (--liveness off).");
  std::vector<std::string> columns;
  std::vector<HeatRow> rows;
  for (const RunLog::Layer& l : run.censuses.front().layers) rows.push_back({l.name, {}, {}});
  for (const RunLog::Census& c : run.censuses) {
    columns.push_back(thousands(c.step));
    for (std::size_t i = 0; i < std::min(rows.size(), c.layers.size()); ++i) {
      const RunLog::Layer& l = c.layers[i];
      rows[i].shares.push_back(l.units ? static_cast<double>(l.dead) / static_cast<double>(l.units) : 0);
      rows[i].texts.push_back(thousands(l.dead) + " of " + thousands(l.units) + " dead on " + c.set);
    }
  }
  return heat_map("Share of dead units, layer by layer, at each census (columns: steps)", columns, rows);
}

std::string lives(const RunLog& run) {
  struct Life {
    LifeLine line;
    double first = 0;
  };
  std::map<std::pair<std::string, int64_t>, Life> units;
  for (const RunLog::Change& c : run.changes) {
    Life& life = units[{c.layer, c.unit}];
    if (life.line.name.empty()) {
      life.line.name = "layer " + c.layer + ", unit " + std::to_string(c.unit);
      life.first = c.born ? -1 : static_cast<double>(c.step);
    }
    if (c.born) {
      life.line.born_dead = true;
    } else {
      life.line.turns.push_back(static_cast<double>(c.step));
    }
    life.line.name += c.born ? ": born dead" : message(c.death ? ": silent since a step from " : ": fires again since a step from ", thousands(c.after), " to ", thousands(c.step));
  }
  if (units.empty()) return paragraph("No unit was ever dead at a census.");
  std::vector<Life> order;
  for (auto& [key, life] : units) order.push_back(std::move(life));
  std::ranges::stable_sort(order, {}, &Life::first);
  std::vector<LifeLine> lines;
  for (Life& life : order) lines.push_back(std::move(life.line));
  const double last = run.censuses.empty() ? 1 : static_cast<double>(run.censuses.back().step);
  return life_lines("Every unit that was dead at some census, by the time it died; the moment is known to the interval between two censuses", lines, last);
}

std::string layers(const RunLog& run) {
  if (run.censuses.empty()) return "";
  std::string html = "<div class=\"wide\"><table><thead><tr><th>layer</th><th>units</th><th>dead</th><th>lasting</th><th>born dead</th><th>died</th><th>revived</th>"
                     "<th>pinned</th><th>linear</th><th>zero activations</th></tr></thead><tbody>";
  for (const RunLog::Layer& l : run.censuses.back().layers) {
    html += "<tr><td>" + escaped(l.name) + "</td>";
    for (const int64_t n : {l.units, l.dead, l.lasting, l.born_dead, l.died, l.revived, l.pinned, l.linear}) html += "<td>" + thousands(n) + "</td>";
    html += "<td>" + percent(l.zero_activations) + " %</td></tr>";
  }
  return html + "</tbody></table></div>" + paragraph("At the last census, on " + run.censuses.back().set + ". Born dead + died − revived = dead.", "muted");
}

// What the verdict's rules looked for and did not find.
std::string not_found(const RunLog& run) {
  constexpr std::array<std::pair<const char*, const char*>, 11> kFaults{{{"exploding", "an explosion"}, {"poisoned", "a NaN or an infinity without one"},
      {"wiring", "parts that are not joined"}, {"uninformative_labels", "labels that say nothing"},
      {"frozen_loss", "a loss that gives wrong samples no gradient"}, {"frozen_optimizer", "an optimizer that moves nothing"},
      {"born_dead", "a network dead at birth"}, {"died", "one that died in training"}, {"vanishing", "a signal or gradient that vanished"},
      {"oscillating", "steps that overshoot"}, {"slow", "a learning rate too small"}}};
  if (!run.final) return paragraph("Nothing can be ruled out: the run has no end.");
  std::string text = "Looked for and not found as the cause: ";
  bool first = true;
  for (const auto& [code, words] : kFaults) {
    if (run.final->verdict == code) continue;
    text += (first ? "" : "; ") + std::string(words);
    first = false;
  }
  return paragraph(text + ". Not looked for: softmax taken twice, gradients that are not zeroed, modes mixed up, a broken instrument.");
}

std::string settings(const std::vector<RunLog>& runs) {
  std::vector<std::string> keys;
  for (const RunLog& run : runs)
    for (const auto& [key, value] : run.settings)
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  std::string html = "<div class=\"wide\"><table><thead><tr><th>setting</th>";
  for (std::size_t i = 0; i < runs.size(); ++i) html += "<th>" + escaped(name_of(runs[i], i, runs.size())) + "</th>";
  html += "</tr></thead><tbody>";
  for (const std::string& key : keys) {
    std::vector<std::string> values;
    for (const RunLog& run : runs) {
      const auto found = std::ranges::find(run.settings, key, &std::pair<std::string, std::string>::first);
      values.push_back(found == run.settings.end() ? "–" : found->second);
    }
    const bool differs = std::ranges::any_of(values, [&](const std::string& v) { return v != values[0]; });
    html += "<tr><td>" + std::string(differs ? "<b>" : "") + escaped(key) + (differs ? "</b> (differs)" : "") + "</td>";
    for (const std::string& v : values) html += "<td class=\"text\">" + escaped(v) + "</td>";
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string html_report(const std::vector<RunLog>& runs) {
  const std::string title = runs.size() == 1 ? "Autopsy of a run" : "Autopsy: " + std::to_string(runs.size()) + " runs compared";
  std::string html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>" +
                     title + "</title><style>" + kStyle + "</style></head><body><h1>" + title + "</h1>";
  for (std::size_t i = 0; i < runs.size(); ++i)
    html += verdict(runs[i], runs.size() == 1 ? runs[i].model : name_of(runs[i], i, runs.size()) + ": " + runs[i].model);
  html += curves(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string of = runs.size() == 1 ? "" : ": " + name_of(runs[i], i, runs.size());
    html += heading("Dead units by layer and time" + of) + heat(runs[i]) + heading("Lives of units" + of) + lives(runs[i]) +
            heading("Layers" + of) + layers(runs[i]) + heading("What was not found" + of) + not_found(runs[i]);
    for (const std::string& w : runs[i].warnings) html += paragraph("Note: " + w, "muted");
  }
  html += heading("Settings");
  html += settings(runs) + heading("How to reproduce");
  for (const RunLog& run : runs) {
    html += "<pre>" + escaped(run.command) + "</pre>";
    if (run.final) html += paragraph("Lively " + run.version + "; weights " + run.final->weights_hash + " (same machine, same threads). Log: " + run.path, "muted");
  }
  return html + "</body></html>\n";
}

void write_report(const std::string& path, const std::vector<RunLog>& runs) {
  const std::string html = html_report(runs);
  detail::AtomicFile file(path);
  file.write(html.data(), html.size());
  file.commit();
}

}  // namespace lively::lab
