#pragma once

#include <string>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"

namespace lively::lab {

// A change that is tried on several seeds.
struct Arm {
  Settings recipe;     // changed
  std::string change;  // in flags; empty: none
};

// What is tried from the start: the recipe as it is, the cure of a treatment, what else it saw
// learn, and where the recipe has relu unit surgery, live units drawn anew instead, and leaky
// units.
std::vector<Arm> arms_from_start(const Settings& recipe, const Treated& treated);

// What is tried on the network that has failed: going on as it is, at other rates, with unit
// surgery, with both, with leaky units, and those changes from the start that leave its weights
// what they are.
std::vector<Arm> arms_for_failed(const Settings& recipe, const std::vector<Arm>& from_start);

}  // namespace lively::lab
