#include "lively/tensor/gemm.h"

#include "lively/tensor/blas_alone.h"
#include "lively/tensor/threads.h"

#if defined(LIVELY_HAVE_CBLAS)
#include <cblas.h>
#endif

#include <algorithm>

namespace lively {
namespace {

void check(const char* op, const Tensor& a, const Tensor& b) {
  check_defined(op, a, b);
  const Shape &x = a.shape(), &y = b.shape();
  if (x.rank() < 2 || y.rank() < 2)
    fail<ShapeError>(op, ": ", x, " x ", y, ": needs two axes at least");
  const int64_t columns = x[x.rank() - 1], rows = y[y.rank() - 2];
  if (columns != rows)
    fail<ShapeError>(op, ": ", x, " x ", y, ": inner sizes ", columns, " and ", rows, " differ");
  if (a.dtype() != b.dtype() || !is_floating(a.dtype()))
    fail<DtypeError>(op, ": ", name(a.dtype()), " x ", name(b.dtype()),
        ": needs float32 or float64, the same for both");
}

void check_result(const char* op, const Tensor& c, const Tensor& a, const Tensor& b) {
  check_defined(op, c);
  const Shape &x = a.shape(), &y = b.shape();
  const Shape wanted{x[x.rank() - 2], y[y.rank() - 1]};
  if (c.shape() != wanted || x.rank() != 2 || y.rank() != 2)
    fail<ShapeError>(op, ": ", x, " x ", y, " into ", c.shape(), ": needs ", wanted);
  if (c.dtype() != a.dtype() || !c.is_contiguous())
    fail<DtypeError>(op, ": result of ", name(c.dtype()), " with strides ", c.strides(),
        ": needs row-major ", name(a.dtype()));
}

#if defined(LIVELY_HAVE_CBLAS)

// A matrix as BLAS takes it: row-major with a leading dimension, perhaps transposed.
struct Operand {
  Tensor matrix;
  CBLAS_TRANSPOSE transposed = CblasNoTrans;
  blasint leading = 1;
};

Operand operand(const Tensor& m) {
  const Shape &sizes = m.shape(), &steps = m.strides();
  const int64_t rows = sizes[0], cols = sizes[1];
  const int64_t down = steps[0], across = steps[1];
  if ((across == 1 || cols == 1) && (down >= cols || rows == 1))
    return {m, CblasNoTrans, static_cast<blasint>(rows == 1 ? std::max<int64_t>(cols, 1) : down)};
  if ((down == 1 || rows == 1) && (across >= rows || cols == 1))
    return {m, CblasTrans, static_cast<blasint>(cols == 1 ? std::max<int64_t>(rows, 1) : across)};
  return {m.clone(), CblasNoTrans, static_cast<blasint>(cols)};
}

// A product in parts is whole blocks of rows, each part one call of BLAS on one thread. Blocks of
// 16 make even parts of the batches that people use. Blocks of 12 would keep the bits of one thread
// on OpenBLAS's AVX2 kernels, which sum by twelves, and cost a tenth of the speed at a batch of 32.
constexpr int64_t kBlock = 16;
constexpr int64_t kPartWork = 240000;  // multiplications, 3 to 5 us

template <class T, class Gemm>
void blas(Gemm gemm, Tensor& c, const Tensor& a, const Tensor& b, double beta) {
  const Operand x = operand(a), y = operand(b);
  const int64_t m = c.shape()[0], n = c.shape()[1], k = a.shape()[1];
  const int64_t down = x.transposed == CblasNoTrans ? x.leading : 1;
  const T *from_a = x.matrix.template data<T>(), *from_b = y.matrix.template data<T>();
  T* to = c.mutable_data<T>();
  const int64_t blocks = (m + kBlock - 1) / kBlock, block_work = kBlock * n * k;
  const int64_t grain = detail::blas_shares() ? (kPartWork + block_work - 1) / block_work : blocks;
  parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
    const int64_t row = begin * kBlock, rows = std::min(m, end * kBlock) - row;
    const detail::BlasAlone alone(rows * n * k);
    gemm(CblasRowMajor, x.transposed, y.transposed, static_cast<blasint>(rows),
        static_cast<blasint>(n), static_cast<blasint>(k), T(1), from_a + row * down, x.leading,
        from_b, y.leading, static_cast<T>(beta), to + row * n, static_cast<blasint>(n));
  });
}

void blas(Tensor& c, const Tensor& a, const Tensor& b, double beta) {
  if (c.dtype() == Dtype::float32) return blas<float>(cblas_sgemm, c, a, b, beta);
  blas<double>(cblas_dgemm, c, a, b, beta);
}

#endif

}  // namespace

void gemm_into(Tensor& c, const Tensor& a, const Tensor& b, double beta, const char* op) {
  check(op, a, b);
  check_result(op, c, a, b);
#if defined(LIVELY_HAVE_CBLAS)
  if (c.numel() && a.shape()[1]) return blas(c, a, b, beta);
#endif
  plain_gemm_into(c, a, b, beta, op);
}

Tensor gemm(const Tensor& a, const Tensor& b) {
  check("gemm", a, b);
  if (a.rank() == 2 && b.rank() == 2) {
    Tensor c = Tensor::empty(Shape{a.shape()[0], b.shape()[1]}, a.dtype());
    gemm_into(c, a, b);
    return c;
  }
  const auto batch_of = [](const Tensor& t) {
    return Shape(
        std::span<const int64_t>(t.shape().begin(), static_cast<std::size_t>(t.rank()) - 2));
  };
  const auto with_matrix = [](Shape s, int64_t rows, int64_t cols) {
    s.push_back(rows);
    s.push_back(cols);
    return s;
  };
  const Shape batch = broadcast("gemm", batch_of(a), batch_of(b));
  const Tensor x = a.expand(with_matrix(batch, a.size(-2), a.size(-1)));
  const Tensor y = b.expand(with_matrix(batch, b.size(-2), b.size(-1)));
  Tensor c = Tensor::empty(with_matrix(batch, a.size(-2), b.size(-1)), a.dtype());
  for (int64_t i = 0; i < batch.numel(); ++i) {
    Tensor xi = x, yi = y, ci = c;
    int64_t rest = i, block = batch.numel();
    for (int64_t size : batch) {
      block /= size;
      xi = xi.select(0, rest / block);
      yi = yi.select(0, rest / block);
      ci = ci.select(0, rest / block);
      rest %= block;
    }
    gemm_into(ci, xi, yi);
  }
  return c;
}

std::string blas_name() {
#if defined(LIVELY_HAVE_CBLAS)
  return openblas_get_config();
#else
  return "plain loops";
#endif
}

}  // namespace lively
