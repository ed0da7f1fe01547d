#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/grading/draw.h"

namespace lively::lab {

// A change of a run's recipe that was tried, and how far the run came with it.
struct Intervention {
  std::string change{};  // in flags
  double accuracy = 0;   // a fraction; 0 if it diverged
};

// A small run that was hurt by a fault put in on purpose, with its proof, or one without a fault.
struct Grave {
  std::string run{};    // "run-017"
  std::string cause{};  // the kind of fault, or "healthy"
  // The verdicts that are right: those that name the fault, then those of whose testing changes one
  // restores this run too, though it leaves the flags alone that the fault changed.
  std::vector<std::string> codes{};
  std::string data{}, faulty{};       // --data, and the flags of the run
  double majority = 0;                // share of the commonest class of the test set
  double accuracy = 0;                // of the run
  double bar = 0;                     // from which on it counts as restored
  Intervention undone{};              // the fault undone: at or above the bar
  std::vector<Intervention> wrong{};  // changes that test other verdicts: below the bar
  // What monitors said of this very run, by their names: Lively its verdict, others all verdicts
  // that their words may mean; kOther where there is none for them.
  std::map<std::string, std::vector<std::string>> said{};
  std::vector<std::string> log{};  // its lines, without what would tell

  bool is_right(std::string_view code) const {
    return std::ranges::find(codes, code) != codes.end();
  }
};

inline constexpr const char* kOther = "other";

struct Dig {
  uint64_t seed = 1;
  int64_t sick = 66, healthy = 14;
  int workers = 0;  // runs at once; 0: one a core
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(int64_t made, int64_t of)> progress{};
};

// Draws cases by turns from every kind of fault, at the two greater strengths, until so many are
// clearly hurt and proved: undoing the fault restores them, and changes that test other verdicts do
// not; and recipes that learn. In an order that tells nothing. Logs pass through files in `folder`,
// which are gone afterwards. Same seed, machine and data: the same graves, whatever `workers` is.
// Fewer if interrupted.
std::vector<Grave> dig(const Dig& dig, const std::vector<Place>& places, const std::string& folder);

// The data sets that need no download.
std::vector<Place> graveyard_places();

}  // namespace lively::lab
