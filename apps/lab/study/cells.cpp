#include "apps/lab/study/cells.h"

#include <algorithm>
#include <memory>
#include <set>

#include "apps/lab/recipe/models.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

bool names(std::string_view list, std::string_view name) {
  const std::vector<std::string> all = split(std::string(list));
  return std::ranges::find(all, name) != all.end();
}

bool tried_on(const Remedy& remedy, const Row& row) {
  if (!row.remedies.empty()) return names(row.remedies, remedy.name);
  return remedy.only.empty() || names(remedy.only, row.name);
}

Settings recipe_of(const Row& row, const Remedy& remedy) {
  Settings s = default_settings(row.architecture);
  parse_flags(row.flags, s);
  parse_flags(remedy.flags, s);
  if (remedy.reach == Reach::connections) s.plain = false;
  s.lr *= remedy.times_rate;
  s.epochs *= remedy.times_epochs;
  return s;
}

// What seconds_of knows, of a core of an AMD EPYC with nothing else to do.
constexpr double kDense = 35e9, kFront = 59e9, kResidual = 18e9;  // operations a second
constexpr double kLayer = 6e-6;  // beside them, of a layer in a step
constexpr double kTried = 1.3;   // with what a verdict tries on copies, on the average of all cells

// Products that a sample needs on its way forward.
double products_of(const Settings& s, const Shape& sample) {
  const auto width = static_cast<double>(s.width), depth = static_cast<double>(s.depth),
             colours = static_cast<double>(sample[0]),
             area = static_cast<double>(sample[1] * sample[2]);
  // Of a ResNet each stage has a quarter of the places and four times the pairs of channels.
  if (s.architecture == Architecture::resnet)
    return area * 9 * width * (colours + width * (depth - 2));
  const double front = s.front.empty() ? 0 : area * 9 * 16 * (colours + 36.0 / 4);
  return front + width * (static_cast<double>(inputs_of(s, sample)) + width * (depth - 1));
}

Cell::Fit fit_of(const Settings& recipe, const Settings& as_it_is, const Remedy& remedy) {
  if (!goes_together(recipe)) return Cell::Fit::clashes;
  if (remedy.reach != Reach::nothing && recipe == as_it_is) return Cell::Fit::same;
  return Cell::Fit::tried;
}

}  // namespace

std::string misfit(const Settings& recipe, const DataSplits& data) {
  try {
    check_fits(recipe, data);
  } catch (const ValueError& e) {
    return e.what();
  }
  return "";
}

std::string leave_out(std::vector<const Row*>& rows, const DataByWord& data) {
  std::string names, why;
  std::erase_if(rows, [&](const Row* row) {
    const std::string misfits = misfit(recipe_of(*row, remedies().front()), data.at(row->data));
    if (misfits.empty()) return false;
    names += (names.empty() ? "" : ", ") + std::string(row->name);
    if (why.empty()) why = misfits;
    return true;
  });
  if (rows.empty()) fail<ValueError>(why, "; no row is left");
  return names.empty() ? "" : "Left out: " + names + ". " + why + ".";
}

std::vector<Cell> cells_of(
    const std::vector<const Row*>& rows, int seeds, bool quick, const DataByWord& data) {
  std::vector<Cell> cells;
  for (const Row* row : rows) {
    const Settings as_it_is = recipe_of(*row, remedies().front());
    for (const Remedy& remedy : remedies()) {
      if (!tried_on(remedy, *row) || (quick && !remedy.quick)) continue;
      Cell cell{.row = row, .remedy = &remedy, .data = &data.at(row->data), .seeds = seeds};
      cell.recipe = recipe_of(*row, remedy);
      cell.fit = fit_of(cell.recipe, as_it_is, remedy);
      cell.type = trial_type(cell.recipe, *cell.data) + (row->orders ? ", an order a seed" : "");
      cell.seeds = std::max(seeds, row->seeds);
      if (remedy.reach == Reach::nothing && !quick)
        cell.seeds = std::max(cell.seeds, row->seeds_as_it_is);
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

std::vector<Case> cases_of(const std::vector<Cell>& cells) {
  std::vector<Case> cases;
  std::set<std::pair<std::string, uint64_t>> seen;
  for (const Cell& cell : cells)
    for (uint64_t seed = 1;
         cell.fit == Cell::Fit::tried && seed <= static_cast<uint64_t>(cell.seeds); ++seed)
      if (seen.emplace(cell.type, seed).second) cases.push_back({cell.type, seed});
  return cases;
}

Make make_of(const std::vector<Cell>& cells) {
  auto by_type = std::make_shared<std::map<std::string, const Cell*>>();
  for (const Cell& cell : cells) by_type->emplace(cell.type, &cell);
  return [by_type](const Case& c, const std::atomic<bool>& stop) {
    const Cell& cell = *by_type->at(c.type);
    Settings recipe = cell.recipe;
    (cell.row->orders ? recipe.order_seed : recipe.seed) = c.seed;
    return trial_line(recipe, *cell.data, stop);
  };
}

std::function<void(const Json&)> check_of_trials() {
  return [layers = std::map<std::string, std::size_t>()](const Json& line) mutable {
    const std::size_t n = read_trial(line).units.size();
    if (layers.emplace(line.at("type"), n).first->second != n)
      fail<ValueError>("needs as many layers as others of its type");
  };
}

double seconds_of(const Cell& cell) {
  const Settings& s = cell.recipe;
  const double products = products_of(s, cell.data->train.sample_shape());
  const double speed = s.architecture == Architecture::resnet ? kResidual
                       : s.front.empty()                      ? kDense
                                                              : kFront;
  const auto train = static_cast<double>(cell.data->train.size()),
             test = static_cast<double>(cell.data->test.size()),
             epochs = static_cast<double>(s.epochs);
  const double steps = epochs * train / static_cast<double>(s.batch_size);
  // A step goes forward and twice as far back; a census at birth, after each epoch and twice at the
  // end goes forward, as does the test of each epoch.
  const double forward = 3 * epochs * train + (epochs + 3) * train + epochs * test;
  return kTried * (2 * products * forward / speed + steps * static_cast<double>(s.depth) * kLayer);
}

}  // namespace lively::lab
