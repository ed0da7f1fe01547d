#include <mpi.h>
#include <sched.h>

#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "apps/lab/ranks/one_in_mpi.h"
#include "apps/lab/ranks/ranks.h"
#include "apps/lab/ranks/team_of_ranks.h"

namespace lively::lab {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// A collective operation of small messages takes some microseconds where all have come; then naps,
// in which a neighbour of the core gets on. Long ones are for who waits for a whole census.
constexpr microseconds kSpin{100}, kNap{20}, kLongNap{500}, kPatience{20'000};
constexpr microseconds kLook{50'000};  // how often `meanwhile` is called

int count_of(int64_t n) {
  if (n > std::numeric_limits<int>::max())
    fail<ValueError>("ranks: ", n, " numbers at once: MPI takes up to 2147483647");
  return static_cast<int>(n);
}

// All ranks call the same operations in the same order, each of which MPI carries out by a plan
// that the number of ranks and of bytes decides: so the order of additions is the same in every
// run, and every rank is handed the same bits.
class TeamOverMpi final : public Team {
 public:
  explicit TeamOverMpi(std::function<void()> meanwhile) : meanwhile_(std::move(meanwhile)) {}
  int rank() const override { return lab::rank(); }
  int size() const override { return ranks(); }

  void sum(std::span<double> values) override { sum_now(values.data(), values.size(), MPI_DOUBLE); }
  void sum(std::span<int64_t> values) override {
    sum_now(values.data(), values.size(), MPI_INT64_T);
  }

  void begin_sum(Tensor& values) override {
    if (!values.is_contiguous()) fail<ValueError>("ranks: sum of a tensor with gaps");
    const MPI_Datatype type = values.dtype() == Dtype::float32 ? MPI_FLOAT : MPI_DOUBLE;
    if (type == MPI_DOUBLE && values.dtype() != Dtype::float64)
      fail<DtypeError>("ranks: sum of ", name(values.dtype()), ": needs float32 or float64");
    under_way_.push_back(MPI_REQUEST_NULL);
    kept_.push_back(values);
    begin_sum(values.mutable_bytes(), count_of(values.numel()), type, under_way_.back());
  }
  void poll() override {
    if (!under_way_.empty()) (void)done(under_way_);
  }
  void finish() override {
    wait(under_way_);
    under_way_.clear();
    kept_.clear();
  }

  std::vector<std::string> gather(std::string_view mine) override {
    const auto n = static_cast<std::size_t>(size());
    std::vector<int64_t> sizes(n);
    const int64_t own = static_cast<int64_t>(mine.size());
    std::vector<MPI_Request> request{MPI_REQUEST_NULL};
    {
      const OneInMpi in;
      check(MPI_Iallgather(
          &own, 1, MPI_INT64_T, sizes.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, request.data()));
    }
    wait(request);
    std::vector<int> counts(n), places(n);
    int64_t total = 0;
    for (std::size_t r = 0; r < n; ++r) {
      counts[r] = count_of(sizes[r]);
      places[r] = count_of(total);
      total += sizes[r];
    }
    std::string all(static_cast<std::size_t>(total), '\0');
    {
      const OneInMpi in;
      check(MPI_Iallgatherv(mine.data(), count_of(own), MPI_BYTE, all.data(), counts.data(),
          places.data(), MPI_BYTE, MPI_COMM_WORLD, request.data()));
    }
    wait(request);
    std::vector<std::string> texts;
    for (std::size_t r = 0; r < n; ++r)
      texts.push_back(
          all.substr(static_cast<std::size_t>(places[r]), static_cast<std::size_t>(counts[r])));
    return texts;
  }

 private:
  static void check(int code) {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(code, text, &length);
    fail<Error>("MPI: ", std::string(text, static_cast<std::size_t>(length)));
  }
  static void begin_sum(void* values, int n, MPI_Datatype type, MPI_Request& request) {
    const OneInMpi in;
    check(MPI_Iallreduce(MPI_IN_PLACE, values, n, type, MPI_SUM, MPI_COMM_WORLD, &request));
  }
  static bool done(std::vector<MPI_Request>& requests) {
    const OneInMpi in;
    int all = 0;
    check(
        MPI_Testall(static_cast<int>(requests.size()), requests.data(), &all, MPI_STATUSES_IGNORE));
    return all != 0;
  }

  void sum_now(void* values, std::size_t n, MPI_Datatype type) {
    std::vector<MPI_Request> request{MPI_REQUEST_NULL};
    begin_sum(values, count_of(static_cast<int64_t>(n)), type, request.front());
    wait(request);
  }

  void wait(std::vector<MPI_Request>& requests) {
    if (done(requests)) return;
    const auto began = Clock::now();
    auto look = began + kLook;
    while (!done(requests)) {
      const auto now = Clock::now();
      if (now - began < kSpin) {
        sched_yield();
        continue;
      }
      if (now > look) {
        meanwhile_();
        look = now + kLook;
      }
      std::this_thread::sleep_for(now - began < kPatience ? kNap : kLongNap);
    }
  }

  const std::function<void()> meanwhile_;
  std::vector<MPI_Request> under_way_;
  std::vector<Tensor> kept_;  // what they add up
};

}  // namespace

std::unique_ptr<Team> team_of_ranks(std::function<void()> meanwhile) {
  if (ranks() == 1) return nullptr;
  return std::make_unique<TeamOverMpi>(std::move(meanwhile));
}

}  // namespace lively::lab
