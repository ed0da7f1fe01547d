#pragma once

#include <functional>
#include <string>

#include "lively/autograd/team.h"

namespace lively::lab {

// All ranks of `mpirun -n 4 ./apps/mnist_mlp` carry out one program together, each with its share
// of every batch, and the first speaks and writes for all.

// Runs `body`, which gives an exit code and lets no error out, on all ranks, and gives the exit
// code of this one. The others print nothing; what one of them says of an error of its own is said
// by the first, as "rank 3: ...". A rank that ends before the others, or dies, ends them all.
// Without mpirun, `body` is run, and no more.
int in_lockstep(const std::string& program, const std::function<int()>& body);

// A rank has ended before the others: it says why.
struct RankEnded : Error {
  using Error::Error;
};

// Is this the rank that speaks and writes? The only process always is.
bool leads();

// All ranks; null where this process is the only one, or outside of in_lockstep().
Team* team();

// Waits until all ranks have come here. Each says how many threads it has and what it is about to
// do; gives the fewest threads, since ranks must do the same in everything that they do by
// themselves. Throws Error where one has ended before, or is about to do something else.
int all_ready(int threads, const std::string& task);

}  // namespace lively::lab
