#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lively/tensor/error.h"

namespace lively::lab {

// The processes that one command starts together: `mpirun -n 8 ./apps/born_dead`. Without such a
// command this process is the only one, and MPI is not even set up. ranks_mpi.cpp where CMake
// finds MPI, else ranks_alone.cpp.
class Ranks {
 public:
  // Joins them. Throws Error where several were started that cannot join.
  Ranks();
  ~Ranks();  // waits until all leave
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
};

// A rank that is waited for is dead, or as good as dead.
struct RankLost : Error {
  explicit RankLost(int which, const char* why = "no sign of life for 15 seconds");
  int rank;
};

int rank();   // this one's number; 0 is the first
int ranks();  // how many there are

// A text from one rank to another arrives in the order in which those of its tag were sent. Any
// thread may call these. They throw RankLost where the other is lost() before it is done.
void send(int to, int tag, const std::string& text);
std::optional<std::string> received(int from, int tag);  // nullopt: nothing there
// Waits for it without keeping the core busy, and calls `meanwhile` from time to time. Throws
// RankLost where lost(from).
std::string receive(int from, int tag, const std::function<void()>& meanwhile = {});

// Did that rank die? Never, unless the launcher lets the others live on then, as Open MPI's `mpirun
// --enable-recovery` does: then all give each other signs of life, and who gave none for 15 seconds
// is lost. (Where one death ends all ranks, nobody is left to ask.)
bool lost(int rank);
// That rank goes home: it is given no more signs.
void part_from(int rank);
// Has the process of that rank ended, though it has not left? Known at once, and of this machine's
// alone; false: nobody knows.
bool gone(int rank);
int ranks_here();  // how many of them run on this machine

// How many processes the environment says that the launcher started (Open MPI's mpirun, MPICH's
// and srun, each by its own variables); 1: no launcher is known.
int ranks_started();

}  // namespace lively::lab
