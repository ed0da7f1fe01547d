#include <mpi.h>

#include <cstdlib>
#include <mutex>

#include "apps/lab/trials/ranks.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::mutex g_mutex;  // one thread at a time is in MPI, which is asked for no more
int g_rank = 0, g_ranks = 1;

}  // namespace

// A call that fails ends all ranks: MPI's default, and what its mpirun says is all that is known.
Ranks::Ranks() {
  const int started = ranks_started();
  if (started == 1) return;
  // mpirun gives a rank a terminal of its own to print to, also where its own output is a file.
  ::setenv("NO_COLOR", "1", 0);
  int level = 0, size = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != started || level < MPI_THREAD_SERIALIZED) {
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(library, &length);
    MPI_Finalize();
    std::string name(library);
    name.resize(std::min(name.find_first_of(",\n"), name.size()));
    if (size == started) fail<Error>(name, ": may not be called by several threads");
    fail<Error>(started, " processes were started together, but ", name, " sees ", size,
        ": this program wants that MPI's own mpirun");
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &g_rank);
  g_ranks = size;
}

Ranks::~Ranks() {
  if (g_ranks == 1) return;
  MPI_Finalize();
  g_rank = 0, g_ranks = 1;
}

int rank() { return g_rank; }
int ranks() { return g_ranks; }

void send(int to, int tag, const std::string& text) {
  const std::lock_guard lock(g_mutex);
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, tag, MPI_COMM_WORLD);
}

std::optional<std::string> received(int from, int tag) {
  const std::lock_guard lock(g_mutex);
  int there = 0, size = 0;
  MPI_Status status;
  MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, &status);
  if (!there) return std::nullopt;
  MPI_Get_count(&status, MPI_CHAR, &size);
  std::string text(static_cast<std::size_t>(size), '\0');
  MPI_Recv(text.data(), size, MPI_CHAR, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return text;
}

}  // namespace lively::lab
