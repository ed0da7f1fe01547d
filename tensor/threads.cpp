#include "lively/tensor/threads.h"

#include "lively/tensor/error.h"
#include "lively/tensor/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace lively {
namespace {

int at_start() {
  const char* wanted = std::getenv("OMP_NUM_THREADS");  // "4", or "4,2" for nested regions
  const long n = wanted ? std::strtol(wanted, nullptr, 10) : 0;
  return n > 0 && n <= processors() ? static_cast<int>(n) : processors();
}

std::atomic<int>& count() {
  static std::atomic<int> n{at_start()};
  return n;
}

thread_local constinit bool t_one = false;

}  // namespace

OneThread::OneThread() : before_(t_one) { t_one = true; }
OneThread::~OneThread() { t_one = before_; }

int threads() { return count().load(std::memory_order_relaxed); }

int kernel_threads() { return t_one ? 1 : threads(); }

void set_threads(int n) {
  if (n < 1) fail<ValueError>("set_threads: ", n, ": needs at least 1");
  count() = n;
}

void detail::run_split(
    int64_t n, int64_t parts, void (*body)(void*, int64_t, int64_t), void* context) {
  const int64_t p = std::min<int64_t>(parts, threads());
  if (p < 2 || t_one) return body(context, 0, n);
  const OneThread inside;
  run_parts({body, context, n, static_cast<uint32_t>(p)});
}

}  // namespace lively
