// Blocked matrix product in plain loops. Blocks of b stay in L1 while rows of a pass over
// them; the innermost loop runs along a row of c, so that it vectorises.
#include <algorithm>

#include "lively/tensor/gemm.h"
#include "lively/tensor/isa.h"

namespace lively {
namespace {

constexpr int64_t kBlock = 64;  // rows of b in a block: 64 x 64 floats are 16 KiB

template <class T>
void multiply(T* c, const T* a, const T* b, int64_t m, int64_t n, int64_t k) {
  detail::vectorised<T>([=] {
    for (int64_t k0 = 0; k0 < k; k0 += kBlock)
      for (int64_t j0 = 0; j0 < n; j0 += kBlock)
        for (int64_t i = 0; i < m; ++i)
          for (int64_t p = k0; p < std::min(k, k0 + kBlock); ++p) {
            const T x = a[i * k + p];
            const int64_t end = std::min(n, j0 + kBlock);
            for (int64_t j = j0; j < end; ++j) c[i * n + j] += x * b[p * n + j];
          }
  });
}

}  // namespace

void plain_gemm_into(Tensor& c, const Tensor& a, const Tensor& b, double beta, const char* op) {
  check_defined(op, c, a, b);
  const Shape wanted{a.size(0), b.size(-1)};
  if (c.shape() != wanted || a.size(-1) != b.size(0))
    fail<ShapeError>(
        op, ": ", a.shape(), " x ", b.shape(), " into ", c.shape(), ": needs ", wanted);
  const Tensor rows = a.contiguous(), cols = b.contiguous();
  visit_float(op, c.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* out = c.mutable_data<T>();
    if (beta == 0) {
      std::fill(out, out + c.numel(), T(0));
    } else {
      for (int64_t i = 0; i < c.numel(); ++i) out[i] *= T(beta);
    }
    multiply(out, rows.data<T>(), cols.data<T>(), c.shape()[0], c.shape()[1], a.size(-1));
  });
}

}  // namespace lively
