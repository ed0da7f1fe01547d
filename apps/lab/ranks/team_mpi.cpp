#include <mpi.h>
#include <sched.h>

#include <algorithm>
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

  void sum(std::span<double> values) override { sum_now(values, doubles_, MPI_DOUBLE); }
  void sum(std::span<int64_t> values) override { sum_now(values, integers_, MPI_INT64_T); }

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
    Gathering& g = gathering_;
    g.mine = mine;
    g.own = static_cast<int64_t>(mine.size());
    g.sizes.resize(n), g.counts.resize(n), g.places.resize(n);
    std::vector<MPI_Request> request{MPI_REQUEST_NULL};
    {
      const OneInMpi in;
      check(MPI_Iallgather(
          &g.own, 1, MPI_INT64_T, g.sizes.data(), 1, MPI_INT64_T, MPI_COMM_WORLD, request.data()));
    }
    wait(request);
    int64_t total = 0;
    for (std::size_t r = 0; r < n; ++r) {
      g.counts[r] = count_of(g.sizes[r]);
      g.places[r] = count_of(total);
      total += g.sizes[r];
    }
    g.all.resize(static_cast<std::size_t>(total));
    {
      const OneInMpi in;
      check(MPI_Iallgatherv(g.mine.data(), count_of(g.own), MPI_BYTE, g.all.data(), g.counts.data(),
          g.places.data(), MPI_BYTE, MPI_COMM_WORLD, request.data()));
    }
    wait(request);
    std::vector<std::string> texts;
    for (std::size_t r = 0; r < n; ++r)
      texts.push_back(g.all.substr(
          static_cast<std::size_t>(g.places[r]), static_cast<std::size_t>(g.counts[r])));
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

  template <class T>
  void sum_now(std::span<T> values, std::vector<T>& place, MPI_Datatype type) {
    std::vector<MPI_Request> request{MPI_REQUEST_NULL};
    place.assign(values.begin(), values.end());
    begin_sum(place.data(), count_of(static_cast<int64_t>(place.size())), type, request.front());
    wait(request);
    std::ranges::copy(place, values.begin());
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

  // What MPI reads and writes stays where it is: `meanwhile` may throw out of a wait, and MPI go
  // on.
  struct Gathering {
    std::string mine, all;
    int64_t own = 0;
    std::vector<int64_t> sizes;
    std::vector<int> counts, places;
  } gathering_;
  std::vector<double> doubles_;
  std::vector<int64_t> integers_;

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
