#include "apps/lab/study/layer_deaths.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/cases/tally.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

NextDead next_dead(const TrialLine& line) {
  NextDead result;
  for (std::size_t layer = 0; layer + 1 < line.units.size(); ++layer) {
    if (line.dead[layer] == line.units[layer]) continue;
    ++result.n;
    result.k += line.dead[layer + 1] == line.units[layer + 1];
  }
  return result;
}

// The differences, residual - plain, of the seeds where both have a layer above one that lives.
std::vector<double> paired_shares(
    const std::vector<TrialLine>& residual, const std::vector<TrialLine>& plain) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(residual.size(), plain.size()); ++i) {
    const NextDead r = next_dead(residual[i]), p = next_dead(plain[i]);
    if (r.n > 0 && p.n > 0)
      differences.push_back(Tally{r.k, r.n}.share() - Tally{p.k, p.n}.share());
  }
  return differences;
}

// The first cell of the row that has this recipe, and was tried; nullptr: none.
const CellResult* cell_of(const RowResult& row, const Settings& recipe) {
  const auto found = std::ranges::find_if(
      row.cells, [&recipe](const CellResult& r) { return r.tried() && r.cell->recipe == recipe; });
  return found == row.cells.end() ? nullptr : &*found;
}

}  // namespace

NextDead next_dead(const std::vector<TrialLine>& lines) {
  NextDead all;
  for (const TrialLine& line : lines) {
    const NextDead one = next_dead(line);
    all.k += one.k, all.n += one.n;
  }
  return all;
}

std::vector<Twins> twins_of(const std::vector<RowResult>& rows) {
  std::vector<Twins> all;
  for (const RowResult& row : rows)
    for (const CellResult& r : row.cells) {
      const Cell& cell = *r.cell;
      const Settings& as_it_is = row.cells.front().cell->recipe;
      // Nothing but the connections may be another.
      Settings without = cell.recipe;
      without.residual = as_it_is.residual, without.plain = as_it_is.plain;
      if (!r.tried() || cell.recipe == without || cell_of(row, cell.recipe) != &r) continue;
      const CellResult* plain = cell_of(row, without);
      if (!plain) continue;
      Twins t{.plain = plain, .residual = &r};
      t.of_plain = next_dead(plain->lines), t.of_residual = next_dead(r.lines);
      const std::vector<double> differences = paired_shares(r.lines, plain->lines);
      t.difference = estimate(differences);
      t.without_one = static_cast<int64_t>(std::min(r.lines.size(), plain->lines.size())) -
                      static_cast<int64_t>(differences.size());
      if (t.of_plain.k + t.of_residual.k > 0) all.push_back(t);
    }
  return all;
}

std::string sentence(const Twins& t) {
  // Layers of one network are no independent cases: the interval is that of the seeds, below.
  const auto of = [](const NextDead& d) {
    return thousands(d.k) + " of " + thousands(d.n) + " (" + percent(Tally{d.k, d.n}.share()) +
           " %)";
  };
  const auto points = [](double share) { return percent(share); };
  const auto seeds = [](int64_t n) { return std::to_string(n) + (n == 1 ? " seed" : " seeds"); };
  std::string text = std::string(t.plain->cell->row->name) + ": above a layer that lives, " +
                     of(t.of_plain) + " of the layers are dead at the end (" +
                     std::string(t.plain->cell->remedy->title) + "), and with " +
                     std::string(t.residual->cell->remedy->title) + " " + of(t.of_residual);
  if (std::isfinite(t.difference.low))
    text += "; paired by " + seeds(t.difference.n) + " the difference is " +
            points(t.difference.mean) + " points [" + points(t.difference.low) + ", " +
            points(t.difference.high) + "]";
  if (t.without_one > 0)
    text += "; " + seeds(t.without_one) + ", of which one of the two has no layer above one that " +
            "lives, " + (t.without_one == 1 ? "says" : "say") + " nothing of it";
  return text + ".";
}

}  // namespace lively::lab
