#include "lively/tensor/thread_pool.h"

#include "lively/tensor/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#include <pthread.h>

namespace lively::detail {
namespace {

using Clock = std::chrono::steady_clock;

// A thread that waits spins this long, then offers its processor to others at each look, then
// sleeps. To wake it costs the waker 1 to 7 us and it comes 10 us late, so within a training step,
// where the next region is near, it is better awake; but only while nobody else wants to run.
constexpr std::chrono::microseconds kSpin{3}, kYield{60};
// A caller that waited so much for a helper has a neighbour: the helper stood behind it in the
// middle of a part. For a while the caller works alone.
constexpr std::chrono::milliseconds kLong{1}, kAlone{20};

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// True as soon as ready() is; false when it is time to sleep.
template <class Ready>
bool look(Ready ready) {
  const Clock::time_point spun = Clock::now() + kSpin, end = spun + kYield;
  do {
    for (int i = 0; i < 4; ++i) {
      if (ready()) return true;
      relax();
    }
  } while (Clock::now() < spun);
  do {
    std::this_thread::yield();
    if (ready()) return true;
  } while (Clock::now() < end);
  return false;
}

// One region at a time: `owner_` is held by the caller whose it is. Parts are taken, not dealt out:
// a helper that comes late, or never (one core, a forked child), costs nothing but its help.
class Pool {
 public:
  void run(const Parts& parts) {
    const std::unique_lock owner(owner_, std::try_to_lock);
    const Clock::time_point start = Clock::now();
    if (!owner || forked_ || start < alone_until_) return run_alone(parts);
    start_helpers(parts.count - 1);
    if (helpers_.empty()) return run_alone(parts);
    parts_ = parts;
    unfinished_.store(parts.count, std::memory_order_relaxed);
    open_.store((++region_ << 32) | parts.count);
    wake_helpers(parts.count - 1);
    while (take_part()) {
    }
    const Clock::time_point done = Clock::now();
    if (!look([this] { return !unfinished_.load(std::memory_order_acquire); })) {
      std::unique_lock lock(mutex_);
      caller_asleep_ = true;
      done_.wait(lock, [this] { return unfinished_ == 0; });
      caller_asleep_ = false;
      const Clock::time_point end = Clock::now();
      if (end - done > std::max<Clock::duration>(kLong, 2 * (done - start)))
        alone_until_ = end + kAlone;
    }
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  // Joins the helpers, so that no thread is left in the code of a library that is unloaded. Those
  // of a region that is still under way are left to the end of the process.
  void close() {
    if (forked_ || !owner_.try_lock()) return;  // held from here on: who comes later works alone
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : helpers_) t.join();
  }

  // A child has none of the helpers, and locks in whatever state they were.
  void forked() { forked_ = true; }

 private:
  static void run_part(const Parts& p, int64_t i) {
    p.body(p.context, p.n * i / p.count, p.n * (i + 1) / p.count);
  }

  static void run_alone(const Parts& parts) {
    std::exception_ptr error;
    for (int64_t i = 0; i < parts.count; ++i) {
      try {
        run_part(parts, i);
      } catch (...) {
        if (!error) error = std::current_exception();
      }
    }
    if (error) std::rethrow_exception(error);
  }

  // One thread for each processor at most: more would only take turns.
  void start_helpers(std::size_t wanted) {
    wanted = std::min(wanted, most_);
    while (helpers_.size() < wanted) {
      try {
        helpers_.emplace_back([this] { help(); });
      } catch (const std::system_error&) {  // the system has no more threads to give
        most_ = helpers_.size();
        return;
      }
    }
  }

  void wake_helpers(uint32_t wanted) {
    const uint32_t asleep = asleep_.load();
    if (!asleep) return;
    { const std::lock_guard lock(mutex_); }  // who has counted itself is waiting by then
    if (asleep <= wanted) return wake_.notify_all();
    while (wanted--) wake_.notify_one();
  }

  bool some_open() const { return static_cast<uint32_t>(open_.load()) != 0; }

  // The number of the region in the upper half keeps a late helper from taking a part of a region
  // that it has not seen. From here to the end of the part the region cannot end: parts_ stays.
  bool take_part() {
    uint64_t open = open_.load(std::memory_order_relaxed);
    do {
      if (!static_cast<uint32_t>(open)) return false;
    } while (!open_.compare_exchange_weak(open, open - 1, std::memory_order_acquire));
    try {
      run_part(parts_, parts_.count - static_cast<uint32_t>(open));
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
    if (unfinished_.fetch_sub(1) == 1 && caller_asleep_.load()) {
      { const std::lock_guard lock(mutex_); }
      done_.notify_one();
    }
    return true;
  }

  void help() {
    const OneThread inside;
    for (;;) {
      while (take_part()) {
      }
      if (look([this] { return some_open(); })) continue;
      std::unique_lock lock(mutex_);
      ++asleep_;
      wake_.wait(lock, [this] { return stop_ || some_open(); });
      --asleep_;
      if (stop_) return;
    }
  }

  std::mutex owner_;
  Parts parts_{};
  uint64_t region_ = 0;
  std::vector<std::thread> helpers_;
  std::size_t most_ = static_cast<std::size_t>(processors()) - 1;
  bool forked_ = false;
  Clock::time_point alone_until_{};

  // Who sleeps counts itself before it looks a last time, who has news tells it before it counts
  // the sleepers: in the one order of sequentially consistent operations nobody is missed.
  alignas(64) std::atomic<uint64_t> open_{0};  // number of the region, parts not yet taken
  std::atomic<uint32_t> asleep_{0};
  alignas(64) std::atomic<uint32_t> unfinished_{0};
  std::atomic<bool> caller_asleep_{false};

  alignas(64) std::mutex mutex_;  // of all below
  std::condition_variable wake_, done_;
  std::exception_ptr error_;
  bool stop_ = false;
};

struct Closing {
  Pool* pool;
  ~Closing() { pool->close(); }
};

// Never destroyed: destructors of other static objects may still come with work.
Pool& pool() {
  static Pool* const it = [] {
    auto* p = new Pool;
    pthread_atfork(nullptr, nullptr, [] { pool().forked(); });
    return p;
  }();
  static const Closing at_exit{it};
  return *it;
}

}  // namespace

void run_parts(const Parts& parts) { pool().run(parts); }

}  // namespace lively::detail

int lively::processors() {
#if defined(__linux__)
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) == 0) return std::max(1, CPU_COUNT(&mine));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}
