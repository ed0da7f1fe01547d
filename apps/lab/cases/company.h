#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/lab/cases/ledger.h"
#include "apps/lab/ranks/ranks.h"
#include "apps/lab/trials/trials.h"

namespace lively::lab {

// The line of the case at this place of a list that all ranks have; nullopt: `stop` came first.
using LineAt = std::function<std::optional<Json>(std::size_t place, const std::atomic<bool>& stop)>;

// Runs `body`, which gives an exit code, on all ranks, the first of which leads. The others begin
// when it hands out, so that what it cannot do is said once; they print nothing, and are at an end,
// with kGood, when all has been made. What fails on one of them fails on the first, as "rank 3:
// ...". A build without MPI, or a process without mpirun, is the first of one.
int in_company(const std::function<int()>& body);

// What leads: this process and, the first time, all other ranks, each with so many workers. What a
// rank had in hand when it was lost (ranks.h) goes to who is free next; it is told on stderr.
class Company {
 public:
  explicit Company(int64_t workers);
  ~Company();  // sends the others home
  Company(const Company&) = delete;
  Company& operator=(const Company&) = delete;

  int64_t seats() const { return seats_; }  // how many may call `line` at once

  // By `here` in this process, or by what another rank gave to follow(). Throws what that threw.
  std::optional<Json> line(std::size_t place, const std::atomic<bool>& stop, const LineAt& here);

 private:
  struct Seat {
    int rank, worker;
  };
  Seat take();
  void give_back(const Seat& seat);
  void give_up(int rank);
  void stop(int rank);
  Json line_from(const Seat& seat, std::size_t place, const std::atomic<bool>& stop);

  int64_t seats_ = 0;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Seat> free_;
  std::vector<bool> stopped_, lost_;  // by rank
};

// The other ranks: makes what the first one asks for, and ends in in_company().
[[noreturn]] void follow(Bits bits, const LineAt& here);

}  // namespace lively::lab
