#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/lab/cases/handout.h"
#include "apps/lab/recipe/settings.h"
#include "apps/lab/study/options.h"
#include "apps/lab/study/remedies.h"
#include "apps/lab/study/rows.h"
#include "apps/lab/study/trial_line.h"

namespace lively::lab {

// Data sets by the word that a row has for them.
using DataByWord = std::map<std::string_view, DataSplits>;

// A row and a remedy.
struct Cell {
  enum class Fit : uint8_t {
    tried,
    same,     // the row has it already
    clashes,  // the recipe would not go together
  };
  const Row* row = nullptr;
  const Remedy* remedy = nullptr;
  const DataSplits* data = nullptr;
  Fit fit = Fit::tried;
  Settings recipe{};   // without a seed of its own
  std::string type{};  // of its cases
  int seeds = 0;       // from 1 on
};

// Why a recipe cannot be run on these data (check_fits); "" if it can.
std::string misfit(const Settings& recipe, const DataSplits& data);

// Takes out the rows whose networks need pictures where their data are none, and says which and
// why; "" where there are none. Throws ValueError if no row is left.
std::string leave_out(std::vector<const Row*>& rows, const DataByWord& data);

// The rows that are asked for, each with the remedies that are tried on it, the network as it is
// first. `data`, which must outlive them, holds what the rows need.
std::vector<Cell> cells_of(
    const std::vector<const Row*>& rows, int seeds, bool quick, const DataByWord& data);

// Each case once, though rows share it.
std::vector<Case> cases_of(const std::vector<Cell>& cells);

// Carries out a case of one of the cells.
Make make_of(const std::vector<Cell>& cells);

// For the lines of a ledger: throws ValueError, or as Json does, where one is no training, or has
// another number of layers than those before it of its type.
std::function<void(const Json&)> check_of_trials();

// About how many seconds the case takes on one core, by rates that were measured on an AMD EPYC.
double seconds_of(const Cell& cell);

}  // namespace lively::lab
