#pragma once

#include <cstdint>
#include <type_traits>

namespace lively {

// How many threads kernels may use, BLAS included; at least 1. Starts as the number that
// OpenMP offers (OMP_NUM_THREADS, else the processors).
int threads();
void set_threads(int n);  // throws ValueError below 1

// While one of these lives, kernels called by this thread do not split: for a thread that works
// beside the one that trains.
class [[nodiscard]] OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  bool before_;
};

namespace detail {
void run_split(int64_t n, int64_t parts, void (*body)(void*, int64_t, int64_t), void* context);
}

// Calls body(begin, end) so that the calls cover [0, n): one call where n < 2 * grain, in a
// parallel region already, or with one thread; else about one a thread, no part under
// `grain`. The split depends on the thread count: results must not depend on it.
template <class Body>
void parallel_for(int64_t n, int64_t grain, Body&& body) {
  if (n < 2 * grain || threads() == 1) {
    if (n > 0) body(int64_t{0}, n);
    return;
  }
  detail::run_split(
      n, n / grain,
      [](void* b, int64_t begin, int64_t end) {
        (*static_cast<std::remove_reference_t<Body>*>(b))(begin, end);
      },
      &body);
}

}  // namespace lively
