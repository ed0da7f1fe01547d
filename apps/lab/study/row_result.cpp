#include "apps/lab/study/row_result.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kFails = 0.05;
constexpr std::size_t kNamed = 4;  // remedies that a sentence names of each kind

CellResult result_of(const Cell& cell, const Ledger& ledger) {
  CellResult r{.cell = &cell};
  if (cell.fit != Cell::Fit::tried) return r;
  std::vector<double> accuracies;
  for (uint64_t seed = 1; seed <= static_cast<uint64_t>(cell.seeds); ++seed) {
    const Json* line = ledger.find(cell.type, seed);
    if (line) r.lines.push_back(read_trial(*line));
  }
  const auto n = static_cast<double>(r.lines.size());
  for (const TrialLine& line : r.lines) {
    accuracies.push_back(worth(line));
    r.born += line.born_share() / n, r.dead += line.end_share() / n;
    ++r.verdicts[line.verdict];
    if (const auto epoch = line.converged()) ++r.learns, r.epochs += static_cast<double>(*epoch);
  }
  if (r.learns > 0) r.epochs /= r.learns;
  r.accuracy = estimate(accuracies);
  return r;
}

std::vector<double> accuracies_of(const CellResult& r) {
  std::vector<double> all;
  for (const TrialLine& line : r.lines) all.push_back(worth(line));
  return all;
}

void compare(RowResult& row) {
  const CellResult& as_it_is = row.cells.front();
  for (std::size_t i = 0; i < row.cells.size(); ++i)
    if (row.cells[i].tried() && row.cells[i].accuracy.mean > row.cells[row.best].accuracy.mean)
      row.best = i;
  const double to_best = row.cells[row.best].accuracy.mean - as_it_is.accuracy.mean;
  for (std::size_t i = 1; i < row.cells.size(); ++i) {
    CellResult& r = row.cells[i];
    if (!r.tried()) continue;
    r.gain = paired_difference(accuracies_of(r), accuracies_of(as_it_is));
    r.way = to_best > 0 ? r.gain.mean / to_best : 0;
  }
}

std::string listed(const std::vector<const CellResult*>& some) {
  std::string text;
  for (std::size_t i = 0; i < std::min(some.size(), kNamed); ++i)
    text += (i ? ", " : "") + std::string(some[i]->cell->remedy->title);
  if (some.size() > kNamed) text += " and " + std::to_string(some.size() - kNamed) + " more";
  return text;
}

}  // namespace

double worth(const TrialLine& line) { return std::max(line.accuracy, line.majority); }

bool RowResult::fails() const {
  return cells[best].accuracy.mean - cells.front().accuracy.mean >= kFails;
}

std::string RowResult::sentence() const {
  const CellResult& top = cells[best];
  std::vector<const CellResult*> restore, help, useless;
  for (const CellResult& r : cells) {
    if (!r.tried() || &r == &cells.front()) continue;
    (r.restores() ? restore : r.helps() ? help : useless).push_back(&r);
  }
  const std::size_t tried = restore.size() + help.size() + useless.size();
  std::string text =
      std::string(row->title) + ": " + percent(cells.front().accuracy.mean) + " % as it is";
  if (tried == 0) return text + "; no remedy was tried.";
  text += ", " + percent(top.accuracy.mean) + " % at best (" +
          std::string(top.cell->remedy->title) + ")";
  if (!fails()) return text + ", so that it hardly fails.";
  text += "; " + std::to_string(restore.size()) + " of " + std::to_string(tried) +
          " remedies restore it";
  if (!restore.empty()) {
    const auto least = std::ranges::min_element(restore, {},
        [](const CellResult* r) { return std::pair(r->cell->remedy->reach, -r->gain.mean); });
    text += ", with the least change " + std::string((*least)->cell->remedy->title) + " (" +
            std::string(title((*least)->cell->remedy->reach)) + ")";
  }
  if (!help.empty()) text += "; some help comes from " + listed(help);
  if (!useless.empty()) text += "; no help was shown by " + listed(useless);
  return text + ".";
}

std::vector<RowResult> results_of(const std::vector<Cell>& cells, const Ledger& ledger) {
  std::vector<RowResult> rows;
  for (const Cell& cell : cells) {
    if (rows.empty() || rows.back().row != cell.row) rows.push_back({.row = cell.row});
    rows.back().cells.push_back(result_of(cell, ledger));
  }
  for (RowResult& row : rows) compare(row);
  return rows;
}

}  // namespace lively::lab
