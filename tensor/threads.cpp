#include "lively/tensor/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "lively/tensor/error.h"

#if defined(LIVELY_HAVE_CBLAS)
#include <cblas.h>
#endif

namespace lively {
namespace {

std::atomic<int>& count() {
  static std::atomic<int> n{omp_get_max_threads()};
  return n;
}

thread_local constinit bool t_one = false;

}  // namespace

OneThread::OneThread() : before_(t_one) { t_one = true; }
OneThread::~OneThread() { t_one = before_; }

int threads() { return count().load(std::memory_order_relaxed); }

void set_threads(int n) {
  if (n < 1) fail<ValueError>("set_threads: ", n, ": needs at least 1");
  count() = n;
  omp_set_num_threads(n);
#if defined(LIVELY_HAVE_CBLAS)
  openblas_set_num_threads(n);
#endif
}

namespace detail {

void run_split(int64_t n, int64_t parts, void (*body)(void*, int64_t, int64_t), void* context) {
  const int64_t p = std::min<int64_t>(parts, threads());
  if (p < 2 || t_one || omp_in_parallel()) {
    body(context, 0, n);
    return;
  }
  std::exception_ptr error;
#pragma omp parallel for num_threads(static_cast <int>(p)) schedule(static)
  for (int64_t i = 0; i < p; ++i) {
    try {
      body(context, n * i / p, n * (i + 1) / p);
    } catch (...) {
#pragma omp critical
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace detail
}  // namespace lively
