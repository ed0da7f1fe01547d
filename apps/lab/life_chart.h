#pragma once

#include <string>
#include <vector>

namespace lively::lab {

struct LifeLine {
  std::string name;
  std::vector<double> turns;  // steps at which it changes between firing and dead
  bool born_dead = false;
};
// One thin row a unit: coloured while it fires, grey while it is dead.
std::string life_lines(const std::string& title, const std::vector<LifeLine>& units, double last_step);

}  // namespace lively::lab
