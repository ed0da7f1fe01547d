#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "apps/lab/grading/faults.h"
#include "apps/lab/recipe/flag_table.h"
#include "lively/data/source.h"

namespace lively::lab {

// A data set to draw recipes for, cut so that a run takes a second.
struct Place {
  std::string name;  // as --data takes it
  DataSplits data;
  Settings from{};       // recipes drawn for it begin so: --data, and how its files are read
  double majority = 0;   // the share of the commonest class among the test samples
  double reachable = 0;  // what an ordinary network reaches on them: 2 x 128, Adam, 1,500 steps

  // What a log of grades keeps of it: of a user's own files also what they hold.
  std::string known_as() const;
  Ground ground() const { return {data.train.size(), data.train.sample_shape().numel()}; }
};
// The first `train` training samples and 2,000 test samples of each; `as` says how files are read,
// and of tables which column has the classes. Throws as data_of does.
std::vector<Place> places_of(
    const std::vector<std::string>& names, int64_t train, const Settings& as = {});

// A recipe that learns, drawn by a seed, and what was put into it.
struct FaultyRecipe {
  uint64_t seed = 0;  // that it was drawn by, and of its runs
  const Place* place = nullptr;
  std::vector<const FaultKind*> faults{};  // none: it was left as it is
  Strength strength = Strength::weak;      // of each of them
  Settings clean{}, faulty{};
  std::vector<std::vector<const Flag*>> flags{};  // that each of the faults changed
  double clean_accuracy = 0;                      // of the clean recipe: a fraction
};

// What a run of this recipe reaches on the test set, its loss finite to the end or else 0; nullopt
// if stopped. It has the weights of `run`, without its instruments.
std::optional<double> reached(
    const Settings& recipe, const Place& place, const std::atomic<bool>& stop);

// A recipe of the lab that should learn: depth, width, activation with its initialiser, norm,
// residual, optimizer with a rate that suits it, batches, epochs, schedule and mild regularisation.
// Its run costs about a second of one core.
Settings draw_recipe(const Place& place, Stream& stream);

// Is this accuracy that of a recipe that learns: kLearns of the way from the commonest class to
// what is reachable? No change of it can then show that it was hurt, but for one far beyond the
// ordinary.
bool learns(double accuracy, const Place& place);
inline constexpr double kLearns = 0.9;

// The faulty recipe without these of its faults.
Settings without(const FaultyRecipe& c, const std::vector<std::size_t>& faults);

// Is it hurt: below 80 % of the way from the commonest class to what the clean recipe reaches?
double restored_bar(double clean_accuracy, const Place& place);

// The case of this seed: a clean recipe that learns, and these faults in it, their flags apart.
// Draws until recipe and faults fit; nullopt if stopped, or if none was found in 500 draws.
std::optional<FaultyRecipe> draw_case(uint64_t seed, const std::vector<const FaultKind*>& faults,
    Strength strength, const std::vector<Place>& places, const std::atomic<bool>& stop);
// Throws Error: nothing was found for any kind.
[[noreturn]] void fail_draw();

}  // namespace lively::lab
