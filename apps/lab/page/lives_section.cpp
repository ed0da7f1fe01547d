#include <algorithm>
#include <map>

#include "apps/lab/page/life_chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// A unit that was dead at some census.
struct Life {
  std::string text;  // its history in words
  std::vector<LifeLine::Turn> turns;
  bool born_dead = false;
};

void add_turn(Life& life, const RunLog::Change& c) {
  if (c.born) {
    life.born_dead = true;
  } else {
    life.turns.push_back({static_cast<double>(c.step), c.death});
  }
  constexpr std::size_t kLongest = 70;
  if (life.text.size() < kLongest) {
    life.text +=
        (life.text.empty() ? "" : "; ") +
        (c.born ? std::string("born dead")
                : message(c.death ? "silent since a step from " : "fires again since a step from ",
                      thousands(c.after), " to ", thousands(c.step)));
  } else if (!life.text.ends_with("…")) {
    life.text += "; …";
  }
}

// Units of a layer with the same life.
struct LifeRow {
  std::string layer;
  Life life;
  std::vector<int64_t> units;
  int64_t fire = 0;  // of those that were never dead, how many
};

// "3, 7 to 9"
std::string ranges(const std::vector<int64_t>& units) {
  std::string text;
  for (std::size_t i = 0, j = 0; i < units.size(); i = j) {
    for (j = i + 1; j < units.size() && units[j] == units[j - 1] + 1;) ++j;
    text += (text.empty() ? "" : ", ") + std::to_string(units[i]);
    if (j > i + 1) text += (j == i + 2 ? ", " : " to ") + std::to_string(units[j - 1]);
  }
  return text;
}

// Rows of one layer by the time of the first death, those born dead first; equal lives are one.
std::vector<LifeRow> rows_of(const std::string& layer, const std::map<int64_t, Life>& units) {
  std::vector<LifeRow> rows;
  for (const auto& one : units) {
    const int64_t unit = one.first;
    const Life& life = one.second;
    const auto same = std::ranges::find_if(rows, [&life](const LifeRow& r) {
      return r.life.born_dead == life.born_dead && r.life.turns == life.turns;
    });
    if (same != rows.end()) {
      same->units.push_back(unit);
    } else {
      rows.push_back({layer, life, {unit}});
    }
  }
  std::ranges::stable_sort(rows, {}, [](const LifeRow& r) {
    return r.life.born_dead || r.life.turns.empty() ? -1 : r.life.turns.front().step;
  });
  return rows;
}

std::string count_of(int64_t n) { return thousands(n) + (n == 1 ? " unit" : " units"); }

}  // namespace

std::string lives_section(const RunLog& run) {
  std::map<std::string, std::map<int64_t, Life>> lives;  // by layer and unit
  std::vector<std::string> order;
  if (!run.censuses.empty())
    for (const RunLog::Layer& l : run.censuses.back().layers) order.push_back(l.name);
  for (const RunLog::Change& c : run.changes) {
    add_turn(lives[c.layer][c.unit], c);
    if (std::ranges::find(order, c.layer) == order.end()) order.push_back(c.layer);
  }
  if (lives.empty())
    return paragraph(
        run.censuses.empty() ? "No census was taken." : "No unit was ever dead at a census.");
  std::vector<LifeLine> lines;
  std::vector<std::vector<std::string>> told;
  for (const std::string& layer : order) {
    const std::string title = layer_title(run, layer), words = layer_words(run, layer);
    const auto found = lives.find(layer);
    const std::vector<LifeRow> rows =
        found == lives.end() ? std::vector<LifeRow>{} : rows_of(layer, found->second);
    int64_t mortal = 0;
    for (const LifeRow& r : rows) {
      const auto n = static_cast<int64_t>(r.units.size());
      mortal += n;
      const std::string who = n == 1 ? "unit " + std::to_string(r.units[0]) : count_of(n);
      lines.push_back({words + ", " + who + ": " + r.life.text, title + ", " + who, r.life.turns,
          r.life.born_dead});
      told.push_back({title, thousands(n), ranges(r.units), r.life.text});
    }
    int64_t units = 0;
    if (!run.censuses.empty())
      for (const RunLog::Layer& l : run.censuses.back().layers)
        if (l.name == layer) units = l.units;
    if (units > mortal)
      lines.push_back({words + ", " + count_of(units - mortal) + ": fired at every census",
          title + ", " + thousands(units - mortal) + " never dead", {}, false});
  }
  const double last = run.censuses.empty() ? 1 : static_cast<double>(run.censuses.back().step);
  const std::string more = and_more(told.size(), "rows");
  if (told.size() > kMostListed) told.resize(kMostListed);
  return life_lines(
             "A row for each life: units of a layer with the same one share it; the moment of a "
             "death is known to the interval between two censuses",
             lines, last) +
         folded("Which units lived which life",
             table({"layer", "units", "which", "life"}, told) + more);
}

}  // namespace lively::lab
