#include <algorithm>
#include <cmath>
#include <functional>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr std::size_t kMostCells =
    600;  // of a heat map; each can be pointed at, and takes 200 bytes

// Which censuses are drawn: all, or as many as fit, the first and the last among them.
std::vector<const RunLog::Census*> columns_of(const RunLog& run) {
  std::vector<const RunLog::Census*> shown;
  const std::size_t layers = std::max<std::size_t>(1, run.censuses.front().layers.size());
  for (const std::size_t i :
      spread(run.censuses.size(), std::clamp<std::size_t>(kMostCells / layers, 8, 60)))
    shown.push_back(&run.censuses[i]);
  return shown;
}

using ShareOf = std::function<double(const RunLog::Layer&)>;
using TextOf = std::function<std::string(const RunLog::Layer&)>;

// "first 10,000", "all 60,000", or the set's own name.
std::string set_words(const RunLog& run, const RunLog::Census& c) {
  if (c.set == "train") return run.samples > 0 ? "all " + thousands(run.samples) : "all";
  constexpr std::string_view kFirst = "train[:";
  if (!c.set.starts_with(kFirst) || !c.set.ends_with("]")) return c.set;
  const std::string count = c.set.substr(kFirst.size(), c.set.size() - kFirst.size() - 1);
  if (count.empty() || count.size() > 12 || count.find_first_not_of("0123456789") != count.npos)
    return c.set;
  return "first " + thousands(std::stoll(count));
}

// When it was taken, and on what: censuses of one step are told apart by their set.
HeatColumn column_of(
    const RunLog& run, const std::vector<const RunLog::Census*>& all, std::size_t i) {
  const RunLog::Census& c = *all[i];
  const bool last = i + 1 == all.size() && c.set == "train";
  const bool twin =
      (i > 0 && all[i - 1]->step == c.step) || (i + 1 < all.size() && all[i + 1]->step == c.step);
  const std::string set = set_words(run, c), when = c.step == 0 ? "at birth"
                                                    : last      ? "end"
                                                    : c.set == "train[:10000]"
                                                        ? "end of epoch " + thousands(c.epoch)
                                                        : "epoch " + thousands(c.epoch);
  return {when + ", step " + thousands(c.step) + ", " + set, thousands(c.step),
      twin ? set : std::string()};
}

std::string heat_of(const RunLog& run, const std::string& title, const ShareOf& share,
    const TextOf& text, const char* none, const char* all) {
  std::vector<HeatColumn> columns;
  std::vector<HeatRow> rows;
  bool any = false;
  for (const RunLog::Layer& l : run.censuses.front().layers)
    rows.push_back({layer_title(run, l.name), {}, {}});
  const std::vector<const RunLog::Census*> shown = columns_of(run);
  for (std::size_t k = 0; k < shown.size(); ++k) {
    columns.push_back(column_of(run, shown, k));
    const RunLog::Census& c = *shown[k];
    for (std::size_t i = 0; i < std::min(rows.size(), c.layers.size()); ++i) {
      rows[i].shares.push_back(share(c.layers[i]));
      any |= rows[i].shares.back() > 0;
      rows[i].texts.push_back(text(c.layers[i]));
    }
  }
  return any ? heat_map(title, columns, rows, none, all)
             : paragraph(title + ": none at any census.", "muted");
}

std::string count_heat(const RunLog& run, const std::string& title, int64_t RunLog::Layer::*member,
    const std::string& word) {
  const auto share = [=](const RunLog::Layer& l) {
    return l.units > 0 && l.*member >= 0
               ? static_cast<double>(l.*member) / static_cast<double>(l.units)
               : 0.0;
  };
  const auto text = [=](const RunLog::Layer& l) {
    return thousands(l.*member) + " of " + thousands(l.units) + " " + word;
  };
  return heat_of(run, title, share, text, ("no unit " + word).c_str(), ("all " + word).c_str());
}

}  // namespace

std::string heat_section(const RunLog& run) {
  if (run.censuses.empty()) return paragraph("No census was taken (--liveness off).");
  const auto& last = run.censuses.back().layers;
  std::string html =
      count_heat(run, "Share of dead units, layer by layer, at each census (columns: steps)",
          &RunLog::Layer::dead, "dead");
  if (std::ranges::any_of(last, [](const RunLog::Layer& l) { return l.dormant >= 0; }))
    html += count_heat(run,
        "Share of dormant units: those whose mean activation is at most 0.025 of their layer's",
        &RunLog::Layer::dormant, "dormant");
  const auto resting = [](const RunLog::Layer& l) { return l.zero_activations; };
  const auto text = [](const RunLog::Layer& l) {
    return percent(l.zero_activations) + " % of activations at or below 0";
  };
  return html + heat_of(run, "Share of activations at or below 0 (sparsity, no fault by itself)",
                    resting, text, "none", "all");
}

std::string layers_section(const RunLog& run) {
  if (run.censuses.empty()) return "";
  const RunLog::Census& census = run.censuses.back();
  struct Column {
    const char* name;
    int64_t RunLog::Layer::*member;
    bool always;
  };
  const std::vector<Column> columns{{"units", &RunLog::Layer::units, true},
      {"dead", &RunLog::Layer::dead, true}, {"lasting", &RunLog::Layer::lasting, true},
      {"born dead", &RunLog::Layer::born_dead, true}, {"died", &RunLog::Layer::died, true},
      {"revived", &RunLog::Layer::revived, true}, {"dormant", &RunLog::Layer::dormant, false},
      {"linear", &RunLog::Layer::linear, true}, {"pinned", &RunLog::Layer::pinned, false},
      {"numerically pinned", &RunLog::Layer::numerically_pinned, false},
      {"starved", &RunLog::Layer::starved, false}, {"saturated", &RunLog::Layer::saturated, false},
      {"borderline", &RunLog::Layer::borderline, false}};
  std::vector<std::string> head{"layer"}, absent;
  std::vector<std::vector<std::string>> rows;
  for (const RunLog::Layer& l : census.layers) rows.push_back({layer_title(run, l.name)});
  for (const Column& c : columns) {
    // A column of zeros is said in words; one that the log does not have, not at all.
    const bool counted = std::ranges::any_of(
        census.layers, [&](const RunLog::Layer& l) { return l.*c.member >= 0; });
    const bool any =
        std::ranges::any_of(census.layers, [&](const RunLog::Layer& l) { return l.*c.member > 0; });
    if (!c.always && counted && !any) absent.push_back(c.name);
    if (!c.always && !any) continue;
    head.push_back(c.name);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const int64_t n = census.layers[i].*c.member;
      rows[i].push_back(n < 0 ? "–" : thousands(n));
    }
  }
  const auto share = [](double v) { return std::isfinite(v) ? percent(v) + " %" : "–"; };
  head.insert(head.end(), {"zero activations", "zero gradients"});
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].insert(rows[i].end(),
        {share(census.layers[i].zero_activations), share(census.layers[i].zero_gradients)});
  std::string note =
      "At the last census, on " + set_words(run, census) + ". Born dead + died − revived = dead.";
  for (std::size_t i = 0; i < absent.size(); ++i)
    note += (i == 0 ? " No unit is " : i + 1 == absent.size() ? " or " : ", ") + absent[i];
  if (!absent.empty()) note += ".";
  std::string html = table(head, rows) + paragraph(note, "muted") +
                     paragraph(
                         "Zero gradients are exact zeros in the gradient of the weights that feed "
                         "the layer, in one batch: no measure of death, since "
                         "pixels that are always black and ordinary sparsity give them too.",
                         "muted");
  if (census.cut && !census.cut->empty()) {
    std::string names;
    bool titled = true;
    for (const std::string& name : *census.cut) {
      names += (names.empty() ? "" : ", ") + layer_title(run, name);
      titled &= run.titles.contains(name);
    }
    html += paragraph(
        message("A dead cut at the end: every path from the input to the loss goes through dead "
                "units of ",
            titled ? "" : "layer ", names, ". The network is dead."));
  }
  return html;
}

}  // namespace lively::lab
