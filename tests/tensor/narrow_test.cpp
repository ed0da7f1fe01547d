#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "lively/tensor/gemm.h"
#include "lively/tensor/map.h"
#include "lively/tensor/narrow.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/threads.h"
#include "tests/bits.h"

using namespace lively;
using lively::testing::same_bits;

namespace {

Tensor drawn(const Shape& shape, Dtype dtype, uint64_t index) {
  Tensor t = Tensor::empty(shape, dtype);
  Stream stream(Seed{11}, "narrow", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

double farthest(const Tensor& a, const Tensor& b) {
  if (a.numel() == 0) return 0;
  return max(map(
                 "farthest", [](auto v, auto w) { return v < w ? w - v : v - w; }, a, b))
      .item();
}

Tensor plain(const Tensor& a, const Tensor& b, double start) {
  Tensor c = Tensor::full(Shape{a.size(0), b.size(1)}, start, a.dtype());
  plain_gemm_into(c, a, b, 1);
  return c;
}

struct Threads {
  int before = threads();
  ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("narrow: products are those of plain loops, in a stack the same bits as alone") {
  const Threads keep;
  // Rows that are summed, rows that are multiplied; too short and too wide for it; some that two
  // threads share.
  const std::vector<std::array<int64_t, 4>> sizes{{3, 2, 128, 2}, {2, 5, 33, 7}, {3, 1, 1500, 9},
      {2, 3, 2, 128}, {4, 1, 1, 47}, {2, 7, 5, 1000}, {2, 2, 31, 2}, {2, 33, 64, 3}, {0, 2, 64, 2},
      {2, 2, 64, 0}, {700, 2, 128, 2}, {700, 2, 3, 128}};
  for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
    for (const auto& size : sizes) {
      const int64_t stack = size[0], m = size[1], n = size[2], k = size[3];
      INFO(message(name(dtype), " ", Shape({stack, m, n, k})));
      const double near = dtype == Dtype::float32 ? 2e-6 * static_cast<double>(k + 10) : 1e-12;
      const Tensor a = drawn({stack, m, k}, dtype, 1), b = drawn({stack, k, n}, dtype, 2),
                   at = drawn({stack, k, m}, dtype, 3).t(), bt = drawn({stack, n, k}, dtype, 4).t(),
                   gaps = drawn({stack, m, 2 * k}, dtype, 5).slice(2, 0, k),
                   shared = drawn({k, n}, dtype, 6);
      for (const Tensor& x : {a, at, gaps}) {
        for (const Tensor& y : {b, bt, shared}) {
          set_threads(1);
          const Tensor c = gemm(x, y);
          Tensor more = Tensor::full(c.shape(), 0.5, dtype);
          gemm_into(more, x, y, 1);
          set_threads(2);
          CHECK(same_bits(c, gemm(x, y)));
          for (int64_t s = 0; s < stack; s += 1 + stack / 3) {
            const Tensor own = y.rank() == 2 ? y : y.slice(0, s, s + 1);
            const Tensor matrix = y.rank() == 2 ? y : y.select(0, s);
            CHECK(farthest(c.select(0, s), plain(x.select(0, s), matrix, 0)) < near);
            CHECK(farthest(more.select(0, s), plain(x.select(0, s), matrix, 0.5)) < near);
            CHECK(same_bits(c.slice(0, s, s + 1), gemm(x.slice(0, s, s + 1), own)));
          }
        }
      }
    }
  }
}

TEST_CASE("narrow: which products it takes, and NaN on the way") {
  const auto takes = [](const Tensor& a, const Tensor& b) {
    Tensor c = Tensor::zeros(Shape{a.size(0), a.size(1), b.size(2)});
    return detail::narrow_gemm(c, a, b, false);
  };
  const auto f = [](const Shape& s) { return Tensor::ones(s); };
  CHECK(takes(f({4, 2, 3}), f({4, 3, 128})));
  CHECK(takes(f({4, 2, 128}), f({4, 3, 128}).t()));
  CHECK_FALSE(takes(f({4, 2, 3}), f({4, 128, 3}).t()));  // columns of b lie side by side, not rows
  CHECK_FALSE(takes(f({4, 2, 3}), f({4, 3, 8})));        // short
  CHECK_FALSE(takes(f({4, 13, 3}), f({4, 3, 128})));     // wide
  Tensor zeros = Tensor::zeros({1, 2, 3}), x = f({1, 3, 128});
  x.mutable_data<float>()[130] = NAN;
  const Tensor y = gemm(zeros, x);
  for (int64_t j = 0; j < 128; ++j) CHECK(std::isnan(y.at({0, 1, j})) == (j == 2));
}
