#include "apps/lab/study/dying_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/study/layer_deaths.h"
#include "apps/lab/study/row_table.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Dots of one reach side by side, in the order of the table.
std::string effect_chart(const std::vector<RowResult>& rows) {
  std::vector<Dot> dots;
  std::map<Reach, int> all, seen;
  const std::vector<MeanGain> gains = mean_gains(rows);
  for (const MeanGain& g : gains) ++all[g.remedy->reach];
  for (const MeanGain& g : gains) {
    const Reach reach = g.remedy->reach;
    const double place = (seen[reach]++ + 0.5) / all[reach] - 0.5;
    dots.push_back({std::string(g.remedy->title), static_cast<double>(reach) + 0.8 * place,
        g.gain.mean, g.gain.low, g.gain.high, std::string(title(reach))});
  }
  return scatter_chart("What helps, and how much has to be changed for it",
      {.x = "what is changed: 1 training, 2 loss, 3 weights, 4 activation, 5 layers, 6 connections",
          .y = "gain in accuracy, points",
          .percent = true,
          .unit = ""},
      dots);
}

std::string where_chart(const std::vector<RowResult>& rows) {
  std::vector<HeatColumn> columns;
  std::vector<HeatRow> heat;
  for (const RowResult& row : rows)
    if (row.fails()) columns.push_back({std::string(row.row->name), std::string(row.row->name)});
  for (const Remedy& remedy : remedies()) {
    HeatRow line{.name = std::string(remedy.title), .shares = {}, .texts = {}};
    bool any = false;
    for (const RowResult& row : rows) {
      if (!row.fails()) continue;
      const auto r = std::ranges::find_if(row.cells, [&remedy](const CellResult& c) {
        return c.cell->remedy == &remedy && c.tried() && c.gain.n > 0;
      });
      const bool there = r != row.cells.end();
      any |= there;
      line.shares.push_back(there ? std::clamp(r->way, 0.0, 1.0) : kNaN);
      line.texts.push_back(there ? percent(r->accuracy.mean) + " %" : "not tried");
    }
    if (any) heat.push_back(std::move(line));
  }
  return heat_map("How far each remedy restores each network", columns, heat, "as it is",
      "as the best remedy", Names::all);
}

// What a cell came to; the network as it is where it is that already.
const CellResult* result_of(const RowResult& row, const CellResult& r) {
  if (r.tried()) return &r;
  return r.cell->fit == Cell::Fit::same ? &row.cells.front() : nullptr;
}

std::string dose_chart(const std::vector<RowResult>& rows) {
  std::vector<IntervalLine> lines;
  std::string dose;
  for (const RowResult& row : rows) {
    IntervalLine line{.name = std::string(row.row->title), .points = {}};
    for (const CellResult& cell : row.cells) {
      const CellResult* r = result_of(row, cell);
      if (cell.cell->remedy->dose.empty() || !r) continue;
      dose = cell.cell->remedy->dose;
      const Estimate& a = r->accuracy;
      line.points.push_back(
          {cell.cell->remedy->at, a.mean, std::max(0.0, a.low), std::min(1.0, a.high)});
    }
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) return "";
  return interval_chart("Accuracy over the " + dose,
      {.x = dose, .y = "accuracy on the test set", .log_x = true, .percent = true}, lines);
}

IntervalLine over_time(const CellResult& r) {
  IntervalLine line{.name = std::string(r.cell->remedy->title), .points = {}};
  std::size_t epochs = 0;
  for (const TrialLine& l : r.lines) epochs = std::max(epochs, l.dead_share.size());
  for (std::size_t at = 0; at < epochs; ++at) {
    std::vector<double> shares;
    for (const TrialLine& l : r.lines)
      if (at < l.dead_share.size()) shares.push_back(l.dead_share[at]);
    const Estimate e = estimate(shares);
    line.points.push_back(
        {static_cast<double>(at), e.mean, std::max(0.0, e.low), std::min(1.0, e.high)});
  }
  return line;
}

std::string time_chart(const RowResult& row) {
  constexpr std::array<std::string_view, 6> kShown{
      "nothing", "he_uniform", "rai", "batch_before", "residual_add", "repair_dead"};
  std::vector<IntervalLine> lines;
  for (const CellResult& r : row.cells)
    if (r.tried() && std::ranges::find(kShown, r.cell->remedy->name) != kShown.end())
      lines.push_back(over_time(r));
  return band_chart("Dead share over time: " + std::string(row.row->title),
      {.x = "epoch", .y = "dead units", .percent = true}, lines);
}

std::string row_section(const RowResult& row) {
  const Grid grid = grid_of(row);
  const CellResult& as_it_is = row.cells.front();
  std::string html = heading(std::string(row.row->title)) + paragraph(std::string(row.row->why)) +
                     paragraph(row.sentence());
  if (const std::string layers = by_layer(as_it_is); !layers.empty())
    html += paragraph("As it is: " + layers + ".");
  return html + time_chart(row) + table(grid.head, grid.rows) +
         paragraph("--only " + std::string(row.row->name) + ": " + caption(row) + "; mnist_mlp " +
                       flags_of(as_it_is.cell->recipe),
             "muted");
}

}  // namespace

std::vector<MeanGain> mean_gains(const std::vector<RowResult>& rows) {
  std::vector<MeanGain> all;
  for (const Remedy& remedy : remedies()) {
    if (remedy.reach == Reach::nothing || !remedy.only.empty()) continue;
    std::vector<std::vector<double>> by_row;  // gains by seed
    for (const RowResult& row : rows)
      for (const CellResult& r : row.cells) {
        if (!row.fails() || r.cell->remedy != &remedy || !r.tried()) continue;
        by_row.emplace_back();
        for (std::size_t i = 0; i < std::min(r.lines.size(), row.cells[0].lines.size()); ++i)
          by_row.back().push_back(worth(r.lines[i]) - worth(row.cells[0].lines[i]));
      }
    if (by_row.empty()) continue;
    std::size_t seeds = by_row.front().size();
    for (const auto& gains : by_row) seeds = std::min(seeds, gains.size());
    std::vector<double> means(seeds);
    for (const auto& gains : by_row)
      for (std::size_t i = 0; i < seeds; ++i)
        means[i] += gains[i] / static_cast<double>(by_row.size());
    all.push_back({&remedy, estimate(means), static_cast<int>(by_row.size())});
  }
  return all;
}

std::string ranking(const std::vector<RowResult>& rows) {
  struct Place {
    const Remedy* remedy;
    int restored = 0, tried = 0;
  };
  std::vector<Place> places;
  for (const Remedy& remedy : remedies()) {
    Place p{.remedy = &remedy};
    for (const RowResult& row : rows)
      for (const CellResult& r : row.cells) {
        if (!row.fails() || r.cell->remedy != &remedy || !r.tried()) continue;
        ++p.tried;
        p.restored += r.restores();
      }
    if (p.restored > 0) places.push_back(p);
  }
  std::ranges::stable_sort(places, [](const Place& a, const Place& b) {
    return std::pair(-a.restored, a.tried) < std::pair(-b.restored, b.tried);
  });
  const auto failing = std::ranges::count_if(rows, &RowResult::fails);
  if (places.empty()) return "";
  std::string text = std::to_string(failing) +
                     (failing == 1 ? " network fails as it is" : " networks fail as they are") +
                     "; of those on which each was tried are restored by ";
  for (std::size_t i = 0; i < std::min<std::size_t>(places.size(), 6); ++i)
    text += (i ? ", " : "") + std::string(places[i].remedy->title) + " " +
            std::to_string(places[i].restored) + " of " + std::to_string(places[i].tried);
  return text + ".";
}

std::string dying_page(const std::vector<RowResult>& rows) {
  std::string html = effect_chart(rows);
  html += paragraph(
      "A dot is a remedy: its mean gain over the networks as they are, over the rows that fail and "
      "on which it was tried, with the 95 % interval of Student's law over the seeds; it holds for "
      "these rows and not for others.",
      "muted");
  html += where_chart(rows) + paragraph("Blank: not tried there.", "muted") + dose_chart(rows);
  const std::vector<Twins> twins = twins_of(rows);
  if (!twins.empty()) html += heading("Does a residual connection keep the next layer alive?");
  for (const Twins& t : twins) html += paragraph(sentence(t));
  for (const RowResult& row : rows) html += row_section(row);
  return html + heading("What the columns are") + paragraph(legend());
}

}  // namespace lively::lab
