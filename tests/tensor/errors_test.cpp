// What tensor/ says about operands that do not fit, to the letter. What it says about undefined
// ones: undefined_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lively/tensor/conv.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/map.h"
#include "lively/tensor/moments.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"
#include "lively/tensor/threads.h"

using namespace lively;

namespace {

Tensor of(const Shape& shape, Dtype dtype = Dtype::float32) { return Tensor::zeros(shape, dtype); }

}  // namespace

TEST_CASE("errors: members of Tensor") {
  const Tensor x = of({2, 3});
  CHECK_THROWS_WITH_AS((void)x.at({1}), "at: [1] in [2,3]: 2 axes", ShapeError);
  CHECK_THROWS_WITH_AS((void)x.at({0, 3}), "at: [0,3] in [2,3]: outside", ShapeError);
  CHECK_THROWS_WITH_AS((void)x.at({-3, 0}), "at: [-3,0] in [2,3]: outside", ShapeError);
  Tensor to = of({3});
  CHECK_THROWS_WITH_AS(
      to.copy_from(x), "copy_from: [2,3] into [3]: does not broadcast to it", ShapeError);
  const Tensor turned = x.t();
  CHECK_THROWS_WITH_AS((void)turned.values<float>(),
      "tensor: [3,2] with strides [1,3]: values() needs row-major elements; call contiguous() "
      "first",
      StateError);
  CHECK_THROWS_WITH_AS((void)Tensor::empty({1 << 30, 1 << 30}),
      "tensor: [1073741824,1073741824]: more than 64 TiB", ShapeError);
}

TEST_CASE("errors: axes") {
  const Tensor x = of({2, 3});
  CHECK_THROWS_WITH_AS(
      (void)sum(x, std::vector<int>(9, 0)), "axes: 9 of them: at most 8", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)sum(x, std::vector<int>{1, -1}), "sum: axis -1 of [2,3]: named twice", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)prod(x, {2}), "prod: axis 2 of [2,3]: needs an axis from -2 to 1", ShapeError);
}

TEST_CASE("errors: views") {
  const Tensor x = of({2, 3});
  CHECK_THROWS_WITH_AS((void)x.permute({0}), "permute: 1 axes for [2,3]: needs 2", ShapeError);
  CHECK_THROWS_WITH_AS((void)x.slice(0, 0, 2, 0), "slice: step 0: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)x.expand({3}), "expand: [2,3] to [3]: does not broadcast to it", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)of({1}).expand({-4}), "expand: [1] to [-4]: a negative or too large size", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)x.squeeze(0), "squeeze: axis 0 of [2,3]: has size 2, not 1", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)x.unsqueeze(3), "unsqueeze: axis 3 for [2,3]: needs -3 to 2", ShapeError);
  CHECK_THROWS_WITH_AS((void)x.reshape({-1, -1}),
      "reshape: [2,3] to [-1,-1]: at most one size may be -1", ShapeError);
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_WITH_AS((void)x.reshape({kHuge, 2}),
      "reshape: [2,3] to [9223372036854775807,2]: too large", ShapeError);
}

TEST_CASE("errors: functions on whole tensors") {
  const Tensor x = of({2, 3}), bytes = of({2, 3}, Dtype::uint8), rows = Tensor::arange(2);
  CHECK_THROWS_WITH_AS(neg(bytes), "neg: uint8: needs a signed dtype", DtypeError);
  CHECK_THROWS_WITH_AS(where(x, x, x), "where: mask of float32: needs uint8", DtypeError);
  CHECK_THROWS_WITH_AS(concat(std::vector<Tensor>(), 0),
      "concat: nothing to join: needs at least one tensor", ValueError);
  CHECK_THROWS_WITH_AS(
      gather_rows(x, of({2})), "gather_rows: index of float32: needs int64", DtypeError);
  CHECK_THROWS_WITH_AS(gather_rows(x, of({2, 2}, Dtype::int64)),
      "gather_rows: [2,3] by [2,2]: needs rows, and an index [K]", ShapeError);
  CHECK_THROWS_WITH_AS(gather(x, 0, rows),
      "gather: index [2] for [2,3] on axis 0: needs the same rank and no larger sizes off the axis",
      ShapeError);
  Tensor out = of({2, 3});
  CHECK_THROWS_WITH_AS(
      index_add(out, rows, of({2, 4})), "index_add: [2,4] into [2,3]: needs [2,3]", ShapeError);
  CHECK_THROWS_WITH_AS(scatter_add(out, 0, of({1, 3}, Dtype::int64), x),
      "scatter_add: [2,3] by [1,3]: must be equal", ShapeError);
  CHECK_THROWS_WITH_AS(cumsum(bytes, 0), "cumsum: got uint8: needs floats or int64", DtypeError);
  CHECK_THROWS_WITH_AS(mean(bytes), "mean: got uint8: needs float32 or float64", DtypeError);
  CHECK_THROWS_WITH_AS(var(bytes), "var: got uint8: needs float32 or float64", DtypeError);
}

TEST_CASE("errors: the elementwise engine") {
  const auto same = [](auto v) { return v; };
  const auto first = [](auto v, auto) { return v; };
  const Tensor x = of({2, 3});
  CHECK_THROWS_WITH_AS(map("same", same, of({2}, Dtype::int64)),
      "same: int64 and int64: needs float32 or float64, the same for all", DtypeError);
  CHECK_THROWS_WITH_AS(map("first", first, x, of({2, 3}, Dtype::float64)),
      "first: float32 and float64: needs float32 or float64, the same for all", DtypeError);
  Tensor to = of({3, 3});
  const Tensor turned = of({3, 3}).t();
  CHECK_THROWS_WITH_AS(update(
                           "add", [](auto& a, auto b) { a += b; }, to, turned),
      "add: [3,3] with strides [1,3] and [3,1]: must be laid out alike, without gaps", StateError);
}

TEST_CASE("errors: products, convolution and moments") {
  const Tensor a = of({2, 3}), b = of({3, 4});
  CHECK_THROWS_WITH_AS(gemm(a, of({3, 4}, Dtype::float64)),
      "gemm: float32 x float64: needs float32 or float64, the same for both", DtypeError);
  Tensor small = of({2, 2}), turned = of({4, 2}).t(), wide = of({2, 4}, Dtype::float64);
  CHECK_THROWS_WITH_AS(
      gemm_into(small, a, b), "gemm: [2,3] x [3,4] into [2,2]: needs [2,4]", ShapeError);
  CHECK_THROWS_WITH_AS(gemm_into(turned, a, b),
      "gemm: result of float32 with strides [1,2]: needs row-major float32", DtypeError);
  CHECK_THROWS_WITH_AS(gemm_into(wide, a, b, 0, "product"),
      "product: result of float64 with strides [4,1]: needs row-major float32", DtypeError);
  CHECK_THROWS_WITH_AS(
      plain_gemm_into(small, a, b), "gemm: [2,3] x [3,4] into [2,2]: needs [2,4]", ShapeError);
  CHECK_THROWS_WITH_AS(
      conv2d(of({1, 1, 3, 3}), of({1, 1, 2, 2}, Dtype::float64), Tensor(), ConvOptions()),
      "conv2d: float32 and float64: needs float32 or float64, all the same", DtypeError);
  CHECK_THROWS_WITH_AS(channel_moments(of({3})), "moments: [3]: needs [N, C, ...]", ShapeError);
  CHECK_THROWS_WITH_AS(channel_moments(of({2, 3}, Dtype::int64)),
      "moments: got int64: needs float32 or float64", DtypeError);
  CHECK_THROWS_WITH_AS(set_threads(0), "set_threads: 0: needs at least 1", ValueError);
}

TEST_CASE("errors: nothing to reduce has no largest, and NaN for its mean") {
  const Tensor none = of({0}), rows = of({2, 0});
  CHECK_THROWS_WITH_AS(max(none), "max: [0]: needs at least one element to reduce", ValueError);
  CHECK_THROWS_WITH_AS(
      min(rows, {1}), "min: [2,0]: needs at least one element to reduce", ValueError);
  CHECK_THROWS_WITH_AS(
      argmax(rows, 1), "argmax: [2,0]: needs at least one element to reduce", ValueError);
  CHECK_THROWS_WITH_AS(
      argmin(none, 0), "argmin: [0]: needs at least one element to reduce", ValueError);
  CHECK_THROWS_WITH_AS(
      logsumexp(none), "logsumexp: [0]: needs at least one element to reduce", ValueError);
  CHECK(sum(none).item() == 0);
  CHECK(any(none).item() == 0);
  CHECK(all(none).item() == 1);
  CHECK(std::isnan(mean(none).item()));
  CHECK(std::isnan(var(none).item()));
  const Tensor means = mean(rows, {1});
  REQUIRE(means.shape() == Shape{2});
  CHECK(std::isnan(means.at({0})));
  CHECK(std::isnan(means.at({1})));
  // Where no result is asked for, none is missing.
  CHECK(max(rows, {0}).shape() == Shape{0});
  CHECK(mean(rows, {0}).shape() == Shape{0});
  // One value has no unbiased variance.
  CHECK(std::isnan(var(of({1})).item()));
  CHECK(var(of({1}), {}, false).item() == 0);
}
