#pragma once

#include "lively/nn/liveness/census.h"

namespace lively {

// The loss of a batch of outputs, a single element. Sees each batch in order.
using LossOf = std::function<Variable(const Variable& outputs)>;

// Fills in which units are starved on the set: dL/d(activation) comes out as exactly 0 on all of
// it, so that nothing comes from above, though they may fire. Costs a backward pass as well, and
// stops as soon as every unit that no dead cut hides has got something. Leaves all as take_census
// does, and gradients as they were. Throws StateError if the census is of another model.
// The members of a team look through a share each, and all are given what the whole set tells.
void find_starved(Module& model, const NextInputs& next, const LossOf& loss, Census& census,
    Team* team = nullptr);

}  // namespace lively
