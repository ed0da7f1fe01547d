#pragma once

#include <string>
#include <vector>

namespace lively::lab {

struct LifeLine {
  struct Turn {
    double step = 0;
    bool dead = false;  // from then on
  };
  std::string name;
  std::vector<Turn> turns;  // in order
  bool born_dead = false;
};
// One thin row a unit: coloured while it fires, grey while it is dead.
std::string life_lines(
    const std::string& title, const std::vector<LifeLine>& units, double last_step);

}  // namespace lively::lab
