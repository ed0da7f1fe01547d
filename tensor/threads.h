#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>

namespace lively {

// How many processors this process may run on; at least 1.
int processors();

// How many threads kernels may use, products included; at least 1. Starts as OMP_NUM_THREADS or, if
// that says none or more than there are, as processors().
//
// The threads are our own, at most one for each processor. Who waits spins for 3 microseconds, then
// offers its processor to others at each look, for 60 at most, then sleeps. OpenBLAS is asked for
// one thread at each of our calls: it starts none for us, and what you set for your own calls of it
// stays (its pthreads build has one setting for the whole process, so your calls beside ours run on
// one thread too). Safe from several threads at once: while one of them has the helpers, the others
// work alone, to the same bits. After a fork the child works on the thread that it has, to the same
// bits.
int threads();
//
// set_threads takes any number from 1 on, and below it throws ValueError. It rules the split, and
// so the last bits of products: above processors() the parts take turns, which is slower and serves
// to repeat what a larger machine computed. Whoever takes the number from a person should set no
// more than processors(), as our programs do.
void set_threads(int n);

// How many parts a kernel called by this thread may be split into: threads(), or 1 inside a
// OneThread.
int kernel_threads();

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

// Calls body(begin, end) so that the calls cover [0, n): one call where n < 2 * grain, inside
// another parallel_for, or with one thread; else about one a thread, no part under `grain`. Throws
// what a part threw, when all have ended. The split depends on the thread count: results must not
// depend on it.
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

// The same over items of these sizes, laid end to end: calls body(item, begin, end) for elements
// [begin, end) of each, all in one region. At one number of threads and equal sizes each element
// falls into the same part, which as a rule the same thread takes, in whose cache it then lies.
template <class Body>
void parallel_for_all(std::span<const int64_t> sizes, int64_t grain, Body&& body) {
  // Cut where a line of the cache begins: a vector across two costs twice.
  const auto cut = [](int64_t at, int64_t size) {
    return at < size ? std::max<int64_t>(at, 0) / 16 * 16 : size;
  };
  parallel_for(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}), grain,
      [&](int64_t first, int64_t last) {
        for (std::size_t i = 0; i < sizes.size(); ++i) {
          const int64_t begin = cut(first, sizes[i]), end = cut(last, sizes[i]);
          if (begin < end) body(i, begin, end);
          first -= sizes[i];
          last -= sizes[i];
        }
      });
}

}  // namespace lively
