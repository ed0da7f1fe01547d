#include <mpi.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "apps/lab/ranks/one_in_mpi.h"
#include "apps/lab/ranks/ranks.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSign = 30'000;  // tag of a sign of life, of which workers have none
constexpr std::chrono::milliseconds kEvery{200}, kSilence{15'000};

std::mutex g_mutex;
int g_rank = 0, g_ranks = 1;

// Where the others live on when one dies.
bool g_outlive = false;
std::vector<Clock::time_point> g_heard;  // by rank: the last sign of life that was read
std::vector<bool> g_home;                // by rank: gives and gets none any more
std::atomic<bool> g_leaving{false};
std::thread g_signs;

// Where a rank runs: a machine's name and the numbering of processes there, and its own number.
struct Home {
  char machine[256] = {};
  uint64_t numbering = 0;
  int64_t process = 0;
};
std::vector<Home> g_homes;  // by rank

Home home() {
  Home h;
  ::gethostname(h.machine, sizeof h.machine - 1);
  struct stat info {};
  if (::stat("/proc/self/ns/pid", &info) == 0) h.numbering = info.st_ino;
  h.process = ::getpid();
  return h;
}

bool same_machine(const Home& a, const Home& b) {
  return a.numbering == b.numbering && std::strcmp(a.machine, b.machine) == 0;
}

// Open MPI tells its ranks by this; MPICH's and Slurm's launchers end all.
bool recovers() {
  const char* says = std::getenv("OMPI_MCA_orte_enable_recovery");
  return says && std::string(says) == "1";
}

// The first gives a sign to all, the others to the first.
void give_signs() {
  for (; !g_leaving; std::this_thread::sleep_for(kEvery))
    for (int r = g_rank == 0 ? 1 : 0; r < (g_rank == 0 ? g_ranks : 1); ++r) {
      const std::unique_lock lock(g_mutex);
      if (g_home[static_cast<std::size_t>(r)]) continue;
      MPI_Request request;  // of nothing, so that nobody has to wait for a reader who may be dead
      MPI_Isend(nullptr, 0, MPI_CHAR, r, kSign, MPI_COMM_WORLD, &request);
      MPI_Request_free(&request);
    }
}

}  // namespace

// A call that fails ends all ranks: MPI's default, and what its mpirun says is all that is known;
// unless that lets them live on.
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
  const Home mine = home();
  g_homes.resize(static_cast<std::size_t>(size));
  MPI_Allgather(
      &mine, sizeof mine, MPI_BYTE, g_homes.data(), sizeof mine, MPI_BYTE, MPI_COMM_WORLD);
  g_outlive = recovers();
  if (!g_outlive) return;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  g_heard.assign(static_cast<std::size_t>(size), Clock::now());
  g_home.assign(static_cast<std::size_t>(size), false);
  g_signs = std::thread(give_signs);
}

Ranks::~Ranks() {
  if (g_ranks == 1) return;
  g_leaving = true;
  if (g_signs.joinable()) g_signs.join();
  if (!g_outlive) MPI_Finalize();  // it would wait for the dead
  g_rank = 0, g_ranks = 1;
}

OneInMpi::OneInMpi() { g_mutex.lock(); }
OneInMpi::~OneInMpi() { g_mutex.unlock(); }

bool gone(int rank) {
  if (g_homes.empty()) return false;
  const Home& there = g_homes[static_cast<std::size_t>(rank)];
  return same_machine(there, g_homes[static_cast<std::size_t>(g_rank)]) &&
         ::kill(static_cast<pid_t>(there.process), 0) != 0 && errno == ESRCH;
}
int ranks_here() {
  if (g_homes.empty()) return 1;
  const Home& mine = g_homes[static_cast<std::size_t>(g_rank)];
  return static_cast<int>(
      std::ranges::count_if(g_homes, [&](const Home& h) { return same_machine(h, mine); }));
}

int rank() { return g_rank; }
int ranks() { return g_ranks; }

bool lost(int rank) {
  if (!g_outlive) return false;
  const std::lock_guard lock(g_mutex);
  auto& heard = g_heard[static_cast<std::size_t>(rank)];
  for (int there = 1; there;) {
    MPI_Iprobe(rank, kSign, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    if (!there) break;
    MPI_Recv(nullptr, 0, MPI_CHAR, rank, kSign, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    heard = Clock::now();
  }
  return Clock::now() - heard > kSilence;
}

void part_from(int rank) {
  const std::lock_guard lock(g_mutex);
  if (g_outlive) g_home[static_cast<std::size_t>(rank)] = true;
}

namespace {

// Waits until what was begun with that rank is done, and keeps nobody else out of MPI meanwhile:
// a text of some thousand letters waits for its reader, who may be dead.
void finish(MPI_Request& request, int with) {
  for (int done = 0;;) {
    {
      const std::lock_guard lock(g_mutex);
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    }
    if (done) return;
    if (lost(with)) throw RankLost(with);
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace

void send(int to, int tag, const std::string& text) {
  MPI_Request request;
  {
    const std::lock_guard lock(g_mutex);
    MPI_Isend(
        text.data(), static_cast<int>(text.size()), MPI_CHAR, to, tag, MPI_COMM_WORLD, &request);
  }
  finish(request, to);
}

std::optional<std::string> received(int from, int tag) {
  std::string text;
  MPI_Request request;
  {
    const std::lock_guard lock(g_mutex);
    int there = 0, size = 0;
    MPI_Status status;
    MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, &status);
    if (!there) return std::nullopt;
    MPI_Get_count(&status, MPI_CHAR, &size);
    text.resize(static_cast<std::size_t>(size));
    MPI_Irecv(text.data(), size, MPI_CHAR, from, tag, MPI_COMM_WORLD, &request);
  }
  finish(request, from);
  return text;
}

}  // namespace lively::lab
