#include "apps/lab/study/row_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

std::string signed_points(double share) {
  const std::string text = percent(std::abs(share));
  return (share < 0 && text != "0.0" ? "-" : "+") + text;
}

std::string accuracy_text(const CellResult& r) {
  if (r.accuracy.n < 2) return percent(r.accuracy.mean);
  return percent(r.accuracy.mean) + " ± " + percent(r.accuracy.error);
}

// A bound of a difference of accuracies, which is within 100 points, with a decimal where it
// counts.
std::string bound_text(double share) {
  char text[32];
  const double points = 100 * std::clamp(share, -1.0, 1.0);
  std::snprintf(text, sizeof text, std::abs(points) < 9.95 ? "%.1f" : "%.0f", points);
  return std::string(text) == "-0.0" ? "0.0" : text;
}

// "+26.2 [-22, 74] ++"
std::string gain_text(const CellResult& r) {
  const Estimate& gain = r.gain;
  if (gain.n < 1) return "";
  std::string text = signed_points(gain.mean);
  if (gain.n > 1) text += " [" + bound_text(gain.low) + ", " + bound_text(gain.high) + "]";
  return text + (r.restores() ? " ++" : r.helps() ? " + " : r.harms() ? " - " : "   ");
}

std::string dead_text(const CellResult& r) {
  if (std::ranges::all_of(r.lines, [](const TrialLine& l) { return l.units.empty(); })) return "–";
  return percent(r.born, 0) + " → " + percent(r.dead, 0);
}

std::string epochs_text(const CellResult& r) {
  if (r.learns == 0) return "–";
  std::string text = r.epochs < 9.95 ? compact(std::round(10 * r.epochs) / 10)
                                     : std::to_string(std::lround(r.epochs));
  if (r.learns < static_cast<int>(r.lines.size())) text += " (" + std::to_string(r.learns) + ")";
  return text;
}

// "healthy" of all, "died 3/4" of most.
std::string verdict_text(const CellResult& r) {
  const auto most = std::ranges::max_element(
      r.verdicts, [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == r.verdicts.end()) return "";
  const auto n = static_cast<int>(r.lines.size());
  if (most->second == n) return most->first;
  return most->first + " " + std::to_string(most->second) + "/" + std::to_string(n);
}

const char* not_tried(const Cell& cell) {
  return cell.fit == Cell::Fit::same ? "is so already" : "does not go together";
}

std::vector<std::string> table_row(const CellResult& r) {
  const std::string title(r.cell->remedy->title);
  if (!r.tried()) return {title, "", not_tried(*r.cell), "", "", ""};
  return {title, accuracy_text(r), gain_text(r), dead_text(r), epochs_text(r), verdict_text(r)};
}

// Means over seeds of each layer's share, in whole percent: "0 0 1 2 5".
std::string shares_text(const CellResult& r, std::vector<int64_t> TrialLine::*what) {
  std::string text;
  if (r.lines.empty()) return text;
  const std::vector<int64_t>& units = r.lines.front().units;
  for (std::size_t layer = 0; layer < units.size(); ++layer) {
    double share = 0;
    for (const TrialLine& line : r.lines)
      share += static_cast<double>((line.*what)[layer]) / static_cast<double>(units[layer]);
    text += (layer ? " " : "") + percent(share / static_cast<double>(r.lines.size()), 0);
  }
  return text;
}

std::string plain(double v) {
  if (!std::isfinite(v)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v);
  return text;
}

std::string all_verdicts(const CellResult& r) {
  std::string text;
  for (const auto& [name, count] : r.verdicts)
    text += (text.empty() ? "" : " ") + name + ":" + std::to_string(count);
  return text;
}

}  // namespace

std::string caption(const RowResult& row) {
  const CellResult& as_it_is = row.cells.front();
  std::string text = as_it_is.cell->data->name;
  if (row.row->data == "digits" && text != "MNIST") text += " in place of MNIST (--digits)";
  if (row.row->data == "colours" && text != "CIFAR-10") text += " in place of CIFAR-10 (--cifar)";
  std::size_t seeds = as_it_is.lines.size();
  for (const CellResult& r : row.cells)
    if (r.tried()) seeds = std::min(seeds, r.lines.size());
  text += ", " + std::to_string(seeds) + (seeds == 1 ? " seed" : " seeds");
  if (as_it_is.lines.size() > seeds)
    text += ", " + std::to_string(as_it_is.lines.size()) + " as it is";
  return text;
}

Grid grid_of(const RowResult& row) {
  Grid grid{{"remedy", "accuracy", "gain, points   ", "dead, %", "epochs", "verdict"}, {}};
  for (const CellResult& r : row.cells) grid.rows.push_back(table_row(r));
  return grid;
}

std::string legend() {
  return "Accuracy: percent of the test set, mean over seeds ± standard error; at least the share "
         "of "
         "the most frequent class, also where a loss was not finite. Gain: over the network as it "
         "is, seed by seed, with its 95 % interval "
         "(Student; not corrected for the number of remedies). ++: the interval is above 0 and the "
         "gain at least 80 % of the way to the best; +: above 0; -: below. Dead: of all units, at "
         "birth → at the end, on all training samples. Epochs: until the test accuracy has gone 90 "
         "% of the way from the majority's share to the best epoch's, the mean over the seeds that "
         "learn (their number in brackets, where not all do). Verdict: of all seeds, or of most.";
}

std::string by_layer(const CellResult& r) {
  const std::string born = shares_text(r, &TrialLine::born);
  if (born.empty()) return "";
  return "dead by layer at birth " + born + " %, at the end " + shares_text(r, &TrialLine::dead) +
         " %";
}

Grid csv_of(const std::vector<RowResult>& rows) {
  Grid grid{{"row", "remedy", "reach", "data", "train", "flags", "n", "accuracy", "accuracy_low",
                "accuracy_high", "gain", "gain_low", "gain_high", "way", "restores", "helps",
                "born_dead", "dead", "born_dead_by_layer_percent", "dead_by_layer_percent",
                "epochs_to_converge", "learns", "verdicts"},
      {}};
  for (const RowResult& row : rows)
    for (const CellResult& r : row.cells) {
      if (!r.tried()) continue;
      const bool first = &r == &row.cells.front();
      const auto of_gain = [&](double v) { return first ? "" : plain(v); };
      const Cell& c = *r.cell;
      grid.rows.push_back({std::string(c.row->name), std::string(c.remedy->name),
          std::string(title(c.remedy->reach)), c.data->name, std::to_string(c.data->train.size()),
          flags_of(c.recipe), std::to_string(r.lines.size()), plain(r.accuracy.mean),
          plain(r.accuracy.low), plain(r.accuracy.high), of_gain(r.gain.mean), of_gain(r.gain.low),
          of_gain(r.gain.high), of_gain(r.way), first ? "" : std::to_string(r.restores()),
          first ? "" : std::to_string(r.helps()), plain(r.born), plain(r.dead),
          shares_text(r, &TrialLine::born), shares_text(r, &TrialLine::dead),
          r.learns ? plain(r.epochs) : "", std::to_string(r.learns), all_verdicts(r)});
    }
  return grid;
}

std::string markdown_of(const std::vector<RowResult>& rows) {
  std::string text = legend() + "\n";
  const auto line = [](const std::vector<std::string>& cells) {
    std::string all = "|";
    for (const std::string& cell : cells) all += " " + cell + " |";
    return all + "\n";
  };
  for (const RowResult& row : rows) {
    const Grid grid = grid_of(row);
    text += "\n**" + std::string(row.row->name) + "** (" + caption(row) + "): " + row.sentence() +
            "\n\n" + line(grid.head) + line(std::vector<std::string>(grid.head.size(), "---"));
    for (const auto& cells : grid.rows) text += line(cells);
  }
  return text;
}

}  // namespace lively::lab
