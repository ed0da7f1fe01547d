#pragma once

#include <functional>
#include <memory>

#include "lively/autograd/team.h"

namespace lively::lab {

// All ranks as the Team that trains one model, over MPI's collective operations; null where this
// process is the only one. Who waits for the others does not keep its core busy: MPI's own waiting
// spins. `meanwhile` is called from time to time while one waits, and may throw, after which no
// more can be asked of the team. One thread asks at a time.
std::unique_ptr<Team> team_of_ranks(std::function<void()> meanwhile);

}  // namespace lively::lab
