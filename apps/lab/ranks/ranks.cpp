#include "apps/lab/ranks/ranks.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace lively::lab {
namespace {

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

}  // namespace

RankLost::RankLost(int which, const char* why)
    : Error("rank " + std::to_string(which) + " is gone: " + why), rank(which) {}

int ranks_started() {
  int n = number_in("OMPI_COMM_WORLD_SIZE");
  if (n == 0) n = number_in("PMI_SIZE");
  // srun --mpi=pmix. The second alone is also there where mpirun was not what srun started.
  if (n == 0 && std::getenv("PMIX_RANK")) n = number_in("SLURM_STEP_NUM_TASKS");
  return std::max(n, 1);
}

std::string receive(int from, int tag, const std::function<void()>& meanwhile) {
  // MPI's own waiting spins. Short naps first, for cases of a millisecond.
  constexpr std::chrono::microseconds kShort{50}, kLong{5000};
  for (auto nap = kShort;; nap = std::min(nap * 2, kLong)) {
    if (std::optional<std::string> text = received(from, tag)) return *std::move(text);
    if (lost(from)) throw RankLost(from);
    if (meanwhile) meanwhile();
    std::this_thread::sleep_for(nap);
  }
}

}  // namespace lively::lab
