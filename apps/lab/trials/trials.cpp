#include "apps/lab/trials/trials.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "apps/lab/whole_run.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

// How often the thread that asked looks at clock and interrupt.
constexpr std::chrono::milliseconds kLook{20};

// The list under way: who works takes the next one, who asked looks after the limits.
struct List {
  const int64_t n;
  const Limits& limits;
  const One& one;
  std::mutex mutex{};
  std::condition_variable changed{};
  std::atomic<bool> stop{false};
  int64_t next = 0, done = 0, working = 0;
  std::vector<bool> made = std::vector<bool>(static_cast<std::size_t>(n));
  std::vector<std::exception_ptr> thrown =
      std::vector<std::exception_ptr>(static_cast<std::size_t>(n));

  bool over() const {
    return (limits.interrupt && *limits.interrupt) ||
           (limits.until && std::chrono::steady_clock::now() >= *limits.until);
  }

  void work() {
    std::unique_lock lock(mutex);
    while (next < n && !stop && !over()) {
      const int64_t i = next++;
      const auto at = static_cast<std::size_t>(i);
      lock.unlock();
      bool whole = false;
      std::exception_ptr error;
      try {
        whole = one(i, stop);
      } catch (...) {
        error = std::current_exception();
        stop = true;
      }
      lock.lock();
      made[at] = whole, thrown[at] = error;
      ++done;
      changed.notify_all();
    }
    --working;
    changed.notify_all();
  }

  void supervise() {
    std::unique_lock lock(mutex);
    for (int64_t told = -1;; changed.wait_for(lock, kLook)) {
      if (over()) stop = true;
      if (limits.progress && told != done) {
        told = done;
        lock.unlock();  // who draws slowly holds up nobody
        limits.progress(told, n);
        lock.lock();
        if (told != done) continue;
      }
      if (working == 0) return;
    }
  }
};

}  // namespace

std::vector<bool> side_by_side(int64_t n, const Limits& limits, const One& one) {
  List list{n, limits, one};
  const int64_t workers =
      std::min<int64_t>(n, limits.workers > 0 ? limits.workers : std::min(threads(), processors()));
  const bool whole = limits.bits == Bits::of_one_thread;
  std::exception_ptr error;
  const auto supervised = [&] {
    list.working = workers;
    std::vector<std::thread> all;
    for (int64_t w = 0; w < workers; ++w)
      all.emplace_back([&list, whole] {
        std::optional<OneThread> one_thread;
        if (whole) one_thread.emplace();
        list.work();
      });
    try {
      list.supervise();
    } catch (...) {  // of the progress
      error = std::current_exception();
      list.stop = true;
    }
    for (std::thread& t : all) t.join();
  };
  if (whole || n == 1) {
    supervised();
  } else {
    // Who is inside a parallel_for has the helpers. The workers' kernels then find none, and do
    // the parts of a split one after the other, to the same bits.
    parallel_for(2, 1, [&](int64_t begin, int64_t) {
      if (begin == 0) supervised();
    });
  }
  for (std::size_t i = 0; i < list.thrown.size() && !error; ++i) error = list.thrown[i];
  if (error) std::rethrow_exception(error);
  return std::move(list.made);
}

std::vector<std::optional<Outcome>> run_trials(
    const std::vector<Trial>& trials, const DataSplits& data, const Limits& limits) {
  std::vector<std::optional<Outcome>> outcomes(trials.size());
  side_by_side(
      static_cast<int64_t>(trials.size()), limits, [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        Sinks nobody;
        Outcome o =
            run(trials[at].recipe, data, nobody, {.steps = trials[at].steps, .interrupt = &stop});
        if (o.interrupted) return false;
        outcomes[at] = std::move(o);
        return true;
      });
  return outcomes;
}

}  // namespace lively::lab
