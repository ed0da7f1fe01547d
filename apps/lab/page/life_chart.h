#pragma once

#include <string>
#include <vector>

namespace lively::lab {

struct LifeLine {
  struct Turn {
    double step = 0;
    bool dead = false;  // from then on
    bool operator==(const Turn&) const = default;
  };
  std::string name;         // all about it, on hover
  std::string label;        // beside its row
  std::vector<Turn> turns;  // in order
  bool born_dead = false;
};
// One row each: a thick bar while it fires, a thin grey line while it is dead.
std::string life_lines(
    const std::string& title, const std::vector<LifeLine>& units, double last_step);

}  // namespace lively::lab
