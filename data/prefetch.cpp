#include "lively/data/prefetch.h"

#include "lively/tensor/threads.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace lively::detail {

struct Prefetch::Worker {
  Make make;
  int64_t at, end;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Batch> ready;
  Batch used;
  std::exception_ptr error;
  bool stop = false;
  std::thread thread;

  Worker(Make m, int64_t first, int64_t last)
      : make(std::move(m)), at(first), end(last), thread([this] { run(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    thread.join();
  }

  void run() {
    const OneThread alone;
    for (int64_t position = at; position < end; ++position) {
      std::optional<Batch> made;
      try {
        made = make(position);
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
        changed.notify_all();
        return;
      }
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stop || !ready; });
      if (stop) return;
      ready = std::move(made);
      const Batch old = std::exchange(used, {});
      lock.unlock();
      changed.notify_all();
    }
  }
};

Prefetch::Prefetch(Make make, int64_t first, int64_t end)
    : worker_(std::make_unique<Worker>(std::move(make), first, end)) {}
Prefetch::~Prefetch() = default;
Prefetch::Prefetch(Prefetch&&) noexcept = default;

Batch Prefetch::next(Batch used) {
  Worker& w = *worker_;
  std::unique_lock lock(w.mutex);
  std::swap(w.used, used);
  w.changed.wait(lock, [&] { return w.ready || w.error; });
  if (!w.ready) std::rethrow_exception(w.error);
  Batch batch = std::move(*w.ready);
  w.ready.reset();
  lock.unlock();
  w.changed.notify_all();
  return batch;
}

}  // namespace lively::detail
