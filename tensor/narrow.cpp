// A layer that is two units wide is all overhead in a library made for large matrices: BLAS packs
// its operands and asks which kernel to take, for products of some hundred multiplications. Here
// the samples are the lanes of the vectors: with activations feature by feature, [units, N], a row
// of the result is a weighted sum of a few rows, and a weight's gradient is the inner product of
// two rows. A stack of networks is one call, so that what surrounds a loop is paid once.
#include "lively/tensor/narrow.h"

#include <algorithm>

#include "lively/tensor/isa.h"
#include "lively/tensor/threads.h"

namespace lively::detail {
namespace {

// Where BLAS is as fast, measured with 2 to 64 units at 32 to 3000 samples.
constexpr int64_t kUnits = 12;        // of each side of the narrow matrix
constexpr int64_t kProducts = 32;     // inner products of rows
constexpr int64_t kSamples = 32;      // at least
constexpr int64_t kColumns = 512;     // of a block of rows, which stays in L1
constexpr int64_t kGrain = 131072;    // multiplications a thread, 5 to 10 us
constexpr int64_t kPartialSums = 16;  // partial sums of an inner product, whatever the machine has

struct Steps {
  int64_t stack, row, column;
};

struct Product {
  int64_t stack, m, n, k;
  Steps a, b;
  bool add;
};

Steps steps_of(const Tensor& t) { return {t.strides()[0], t.strides()[1], t.strides()[2]}; }

// c = [c +] Σ x[p] · row p of b, for kTerms rows.
template <int kTerms, bool kAdd, class T>
[[gnu::always_inline]] inline void weighted_sum(
    T* __restrict c, const T* __restrict b, int64_t step, const T (&x)[4], int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    T sum = kAdd ? c[j] + x[0] * b[j] : x[0] * b[j];
    if constexpr (kTerms > 1) sum += x[1] * b[step + j];
    if constexpr (kTerms > 2) sum += x[2] * b[2 * step + j];
    if constexpr (kTerms > 3) sum += x[3] * b[3 * step + j];
    c[j] = sum;
  }
}

template <bool kAdd, class T>
[[gnu::always_inline]] inline void up_to_four(
    int64_t terms, T* c, const T* b, int64_t step, const T (&x)[4], int64_t n) {
  switch (terms) {
    case 1:
      return weighted_sum<1, kAdd>(c, b, step, x, n);
    case 2:
      return weighted_sum<2, kAdd>(c, b, step, x, n);
    case 3:
      return weighted_sum<3, kAdd>(c, b, step, x, n);
    default:
      return weighted_sum<4, kAdd>(c, b, step, x, n);
  }
}

// Rows of c from rows of b, a block of columns at a time.
template <class T>
void sum_rows(const Product& g, T* c, const T* a, const T* b) {
  const int64_t blocks = (g.n + kColumns - 1) / kColumns;
  parallel_for(g.stack * blocks, 1 + kGrain / (g.m * g.k * std::min(g.n, kColumns)),
      [&](int64_t begin, int64_t end) {
        vectorised<T>([=] {
          for (int64_t job = begin; job < end; ++job) {
            const int64_t s = job / blocks, first = job % blocks * kColumns;
            const int64_t n = std::min(kColumns, g.n - first);
            for (int64_t i = 0; i < g.m; ++i) {
              T* row = c + (s * g.m + i) * g.n + first;
              const T* weights = a + s * g.a.stack + i * g.a.row;
              for (int64_t p = 0; p < g.k; p += 4) {
                const int64_t terms = std::min<int64_t>(4, g.k - p);
                const T* from = b + s * g.b.stack + p * g.b.row + first;
                T x[4] = {};
                for (int64_t q = 0; q < terms; ++q) x[q] = weights[(p + q) * g.a.column];
                if (p > 0 || g.add) {
                  up_to_four<true>(terms, row, from, g.b.row, x, n);
                } else {
                  up_to_four<false>(terms, row, from, g.b.row, x, n);
                }
              }
            }
          }
        });
      });
}

template <class T>
[[gnu::always_inline]] inline T inner_product(const T* a, const T* b, int64_t n) {
  T lanes[kPartialSums] = {};
  const int64_t whole = n - n % kPartialSums;
  for (int64_t p = 0; p < whole; p += kPartialSums)
    for (int64_t j = 0; j < kPartialSums; ++j) lanes[j] += a[p + j] * b[p + j];
  for (int64_t p = whole; p < n; ++p) lanes[p - whole] += a[p] * b[p];
  T four[4];
  for (int64_t j = 0; j < 4; ++j)
    four[j] = (lanes[j] + lanes[j + 8]) + (lanes[j + 4] + lanes[j + 12]);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Every element of c from a row of a and a column of b.
template <class T>
void multiply_rows(const Product& g, T* c, const T* a, const T* b) {
  parallel_for(g.stack, 1 + kGrain / (g.m * g.n * g.k), [&](int64_t begin, int64_t end) {
    vectorised<T>([=] {
      for (int64_t s = begin; s < end; ++s)
        for (int64_t i = 0; i < g.m; ++i)
          for (int64_t j = 0; j < g.n; ++j) {
            T& to = c[(s * g.m + i) * g.n + j];
            const T sum = inner_product(
                a + s * g.a.stack + i * g.a.row, b + s * g.b.stack + j * g.b.column, g.k);
            to = g.add ? to + sum : sum;
          }
    });
  });
}

template <class T>
bool narrow(const Product& g, Tensor& c, const Tensor& a, const Tensor& b) {
  if (g.n >= kSamples && std::max(g.m, g.k) <= kUnits && g.b.column == 1) {
    sum_rows(g, c.mutable_data<T>(), a.data<T>(), b.data<T>());
    return true;
  }
  if (g.k >= kSamples && g.m * g.n <= kProducts && g.a.column == 1 && g.b.row == 1) {
    multiply_rows(g, c.mutable_data<T>(), a.data<T>(), b.data<T>());
    return true;
  }
  return false;
}

}  // namespace

bool narrow_gemm(Tensor& c, const Tensor& a, const Tensor& b, bool add) {
  if (c.rank() != 3 || c.numel() == 0 || a.size(2) == 0) return false;
  const Product g{c.size(0), c.size(1), c.size(2), a.size(2), steps_of(a), steps_of(b), add};
  return c.dtype() == Dtype::float32 ? narrow<float>(g, c, a, b) : narrow<double>(g, c, a, b);
}

}  // namespace lively::detail
