#include "lively/tensor/blas_alone.h"

#if defined(LIVELY_HAVE_CBLAS)

#include <cblas.h>
#include <dlfcn.h>

#include <mutex>

namespace lively::detail {
namespace {

// The OpenMP runtime that OpenBLAS's OpenMP build has brought into the process and asks: looked up
// by name, so that we link none and no second one comes in beside it.
struct OpenMp {
  int (*max_threads)() = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  void (*set_threads)(int) = reinterpret_cast<void (*)(int)>(
      dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  explicit operator bool() const { return max_threads && set_threads; }
};
const OpenMp& openmp() {
  static const OpenMp found;
  return found;
}

// Which OpenBLAS it is shows at run time only: all builds have one soname. An OpenMP build whose
// runtime cannot be found is told by its own setting, as the pthreads build is.
int build() {
  static const int kind = openblas_get_parallel() == OPENBLAS_OPENMP && !openmp()
                              ? OPENBLAS_THREAD
                              : openblas_get_parallel();
  return kind;
}

// The pthreads build has one number for the process: the first call that needs it to be 1 sets it,
// the last one puts back what was found.
constexpr int64_t kThreadless = 4096;  // OpenBLAS runs a product this small on one thread anyway
std::mutex g_mutex;
int g_calls = 0, g_before = 1;

}  // namespace

BlasAlone::BlasAlone(int64_t work) {
  if (build() == OPENBLAS_OPENMP) {  // asks OpenMP at each call; the number is the thread's own
    before_ = openmp().max_threads();
    if (before_ != 1) openmp().set_threads(1);
  } else if (build() == OPENBLAS_THREAD && work > kThreadless) {
    counted_ = true;
    const std::lock_guard lock(g_mutex);
    if (g_calls++) return;
    g_before = openblas_get_num_threads();
    if (g_before != 1) openblas_set_num_threads(1);
  }
}

BlasAlone::~BlasAlone() {
  if (before_ != 1) openmp().set_threads(before_);
  if (!counted_) return;
  const std::lock_guard lock(g_mutex);
  if (--g_calls == 0 && g_before != 1) openblas_set_num_threads(g_before);
}

bool blas_shares() { return build() != OPENBLAS_SEQUENTIAL; }

}  // namespace lively::detail

#endif
