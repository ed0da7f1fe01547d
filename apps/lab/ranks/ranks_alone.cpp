#include "apps/lab/ranks/ranks.h"
#include "apps/lab/ranks/team_of_ranks.h"
#include "lively/tensor/error.h"

namespace lively::lab {

Ranks::Ranks() {
  if (const int n = ranks_started(); n > 1)
    fail<Error>(n,
        " processes were started together, but this build has no MPI (Debian, Ubuntu: apt install "
        "libopenmpi-dev, then build anew); start it once, without mpirun");
}
Ranks::~Ranks() = default;

int rank() { return 0; }
int ranks() { return 1; }

bool lost(int) { return false; }
void part_from(int) {}
bool gone(int) { return false; }
int ranks_here() { return 1; }

std::unique_ptr<Team> team_of_ranks(std::function<void()>) { return nullptr; }

void send(int, int, const std::string&) { fail<StateError>("send: there is no other rank"); }
std::optional<std::string> received(int, int) {
  fail<StateError>("received: there is no other rank");
}

}  // namespace lively::lab
