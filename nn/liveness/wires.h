// internal: between which weights the units of a rectifier stand, for surgery.h.
#pragma once

#include <string>
#include <vector>

#include "lively/nn/linear.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/norm.h"

namespace lively::detail {

// What leads to a rectifier, and what alone takes what it gives.
struct Wires {
  std::string layer_path, next_path;
  WeightedLayer* layer = nullptr;
  BatchNorm* norm = nullptr;  // between the two
  WeightedLayer* next =
      nullptr;          // null: what its units give reaches more than one, or is not known
  std::string unknown;  // why there is no `layer`; empty if there is
  std::string shared;   // why there is no `next`; empty if there is

  // The columns of `next` that unit `unit` of `units` feeds: [first, first + count).
  int64_t columns(int64_t units) const { return next->weight.size(1) / units; }
};

// Of each rectifier call of a census, from the order in which modules are registered and what they
// state of themselves.
std::vector<Wires> wires_of(Module& model, const Census& census);

}  // namespace lively::detail
