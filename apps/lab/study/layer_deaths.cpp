#include "apps/lab/study/layer_deaths.h"

#include <cmath>

#include "apps/lab/trials/tally.h"
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

std::vector<double> shares_of(const std::vector<TrialLine>& lines) {
  std::vector<double> shares;
  for (const TrialLine& line : lines) {
    const NextDead one = next_dead(line);
    shares.push_back(one.n > 0 ? static_cast<double>(one.k) / static_cast<double>(one.n) : 0);
  }
  return shares;
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
      // Nothing but the connections may be another.
      Settings without = cell.recipe;
      without.residual = row.cells.front().cell->recipe.residual;
      if (!r.tried() || cell.recipe.residual.empty() ||
          !(without == row.cells.front().cell->recipe))
        continue;
      Twins t{.plain = &row.cells.front(), .residual = &r};
      t.of_plain = next_dead(t.plain->lines), t.of_residual = next_dead(r.lines);
      t.difference = paired_difference(shares_of(r.lines), shares_of(t.plain->lines));
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
  std::string text = std::string(t.plain->cell->row->name) + ": above a layer that lives, " +
                     of(t.of_plain) + " of the layers are dead at the end, and with " +
                     std::string(t.residual->cell->remedy->title) + " " + of(t.of_residual);
  if (std::isfinite(t.difference.low))
    text += "; paired by " + std::to_string(t.difference.n) + " seeds the difference is " +
            points(t.difference.mean) + " points [" + points(t.difference.low) + ", " +
            points(t.difference.high) + "]";
  return text + ".";
}

}  // namespace lively::lab
