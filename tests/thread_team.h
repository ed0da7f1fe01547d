#pragma once

#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "lively/autograd/team.h"
#include "lively/tensor/threads.h"

namespace lively::testing {

// Threads that play the processes of a team, so that what is asked of one can be tested without
// MPI.
class ThreadTeam final : public Team {
 public:
  // Where the members meet.
  class Table {
   public:
    explicit Table(int members) : texts_(static_cast<std::size_t>(members)) {}

    std::vector<std::string> exchange(int rank, std::string text) {
      std::unique_lock lock(mutex_);
      const auto mine = round_;
      texts_[static_cast<std::size_t>(rank)] = std::move(text);
      if (++arrived_ == texts_.size()) {
        result_ = texts_;
        arrived_ = 0;
        ++round_;
        met_.notify_all();
      }
      met_.wait(lock, [&] { return round_ != mine || failed_; });
      if (round_ == mine) fail<StateError>("another member failed");
      return result_;
    }
    void give_up() {
      const std::lock_guard lock(mutex_);
      failed_ = true;
      met_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable met_;
    std::vector<std::string> texts_, result_;
    std::size_t arrived_ = 0;
    uint64_t round_ = 0;
    bool failed_ = false;
  };

  ThreadTeam(Table& table, int rank, int size) : table_(table), rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void sum(std::span<double> values) override { add_up(values); }
  void sum(std::span<int64_t> values) override { add_up(values); }
  void begin_sum(Tensor& values) override { begun.push_back(values); }
  void finish() override {
    finished += begun.size();
    for (Tensor& t : begun)
      visit_float("sum", t.dtype(),
          [&](auto zero) { add_up(t.template mutable_values<decltype(zero)>()); });
    begun.clear();
  }
  std::vector<std::string> gather(std::string_view mine) override {
    begun_at_gather = begun.size();
    return table_.exchange(rank_, std::string(mine));
  }

  std::vector<Tensor> begun;
  std::size_t begun_at_gather = 0;  // how much of a pass was under way at its end
  std::size_t finished = 0;

 private:
  template <class T>
  void add_up(std::span<T> values) {
    const std::string mine(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    const std::vector<std::string> all = table_.exchange(rank_, mine);
    std::vector<T> total(values.size());
    for (const std::string& text : all) {
      if (text.size() != values.size_bytes()) fail<StateError>("sums of different lengths");
      for (std::size_t i = 0; i < total.size(); ++i) {
        T v{};
        std::memcpy(&v, text.data() + i * sizeof(T), sizeof(T));
        total[i] += v;
      }
    }
    std::copy(total.begin(), total.end(), values.begin());
  }

  Table& table_;
  const int rank_, size_;
};

// Runs `body` as each member of a team of so many; throws what the first of them threw that failed
// by itself.
inline void as_team(int members, const std::function<void(ThreadTeam&)>& body) {
  ThreadTeam::Table table(members);
  std::exception_ptr failed;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int r = 0; r < members; ++r)
    threads.emplace_back([&, r] {
      const OneThread one;
      try {
        ThreadTeam team(table, r, members);
        body(team);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed) failed = std::current_exception();
        table.give_up();
      }
    });
  for (std::thread& t : threads) t.join();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace lively::testing
