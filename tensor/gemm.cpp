#include "lively/tensor/gemm.h"

#include "lively/tensor/blas_alone.h"
#include "lively/tensor/narrow.h"
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

// […, M, K] x […, K, N] -> […, M, N], leading axes broadcast.
Shape result_shape(const char* op, const Shape& x, const Shape& y) {
  if (x.rank() == 2 && y.rank() == 2) return Shape{x[0], y[1]};
  const auto leading = [](const Shape& s) {
    return Shape(std::span<const int64_t>(s.begin(), static_cast<std::size_t>(s.rank()) - 2));
  };
  Shape shape = broadcast(op, leading(x), leading(y));
  shape.push_back(x[x.rank() - 2]);
  shape.push_back(y[y.rank() - 1]);
  return shape;
}

void check_result(const char* op, const Tensor& c, const Tensor& a, const Tensor& b) {
  check_defined(op, c);
  const Shape wanted = result_shape(op, a.shape(), b.shape());
  if (c.shape() != wanted)
    fail<ShapeError>(
        op, ": ", a.shape(), " x ", b.shape(), " into ", c.shape(), ": needs ", wanted);
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

// Of matrices.
void multiply(Tensor& c, const Tensor& a, const Tensor& b, double beta, const char* op) {
#if defined(LIVELY_HAVE_CBLAS)
  if (c.numel() && a.shape()[1]) return blas(c, a, b, beta);
#endif
  plain_gemm_into(c, a, b, beta, op);
}

// x with the leading axes of c before its own matrix.
Tensor beside(const Tensor& c, const Tensor& x) {
  Shape shape = c.shape();
  shape[c.rank() - 2] = x.size(-2);
  shape[c.rank() - 1] = x.size(-1);
  return x.expand(shape);
}

// Of stacks of matrices.
void multiply_stack(Tensor& c, const Tensor& a, const Tensor& b, double beta, const char* op) {
  const Tensor x = beside(c, a), y = beside(c, b);
  if ((beta == 0 || beta == 1) && detail::narrow_gemm(c, x, y, beta == 1)) return;
  const int axes = c.rank() - 2;
  int64_t count = 1;
  for (int axis = 0; axis < axes; ++axis) count *= c.shape()[axis];
  for (int64_t i = 0; i < count; ++i) {
    Tensor xi = x, yi = y, ci = c;
    int64_t rest = i, block = count;
    for (int axis = 0; axis < axes; ++axis) {
      block /= c.shape()[axis];
      xi = xi.select(0, rest / block);
      yi = yi.select(0, rest / block);
      ci = ci.select(0, rest / block);
      rest %= block;
    }
    multiply(ci, xi, yi, beta, op);
  }
}

}  // namespace

void gemm_into(Tensor& c, const Tensor& a, const Tensor& b, double beta, const char* op) {
  check(op, a, b);
  check_result(op, c, a, b);
  c.rank() == 2 ? multiply(c, a, b, beta, op) : multiply_stack(c, a, b, beta, op);
}

Tensor gemm(const Tensor& a, const Tensor& b) {
  check("gemm", a, b);
  Tensor c = Tensor::empty(result_shape("gemm", a.shape(), b.shape()), a.dtype());
  gemm_into(c, a, b);
  return c;
}

std::string blas_name() {
#if defined(LIVELY_HAVE_CBLAS)
  // OpenBLAS writes its answer anew at each call, into one buffer for all threads.
  static const std::string once = openblas_get_config();
  return once;
#else
  return "plain loops";
#endif
}

}  // namespace lively
