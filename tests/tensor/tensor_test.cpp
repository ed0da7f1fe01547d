#include "lively/tensor/tensor.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "lively/tensor/block_pool.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

using namespace lively;

namespace {

std::vector<float> list(const Tensor& t) {
  const Tensor row_major = t.contiguous();
  const auto v = row_major.values<float>();
  return {v.begin(), v.end()};
}

Tensor counting(const Shape& shape) {
  return Tensor::arange(shape.numel(), Dtype::float32).reshape(shape);
}

}  // namespace

TEST_CASE("tensor: handles share elements, clones do not") {
  Tensor a = counting({2, 3});
  Tensor b = a, c = a.clone();
  b.fill(7);
  CHECK(a.at({1, 2}) == 7);
  CHECK(c.at({1, 2}) == 5);
  CHECK(a.version() == b.version());
  CHECK(a.slice(0, 0, 1).version() == a.version());
  CHECK(sizeof(Tensor) == sizeof(void*));
}

TEST_CASE("tensor: views reach the same elements") {
  const Tensor t = counting({2, 3, 4});
  CHECK(t.transpose(0, 2).at({3, 1, 0}) == t.at({0, 1, 3}));
  CHECK(t.permute({2, 0, 1}).shape() == Shape{4, 2, 3});
  CHECK(list(t.select(1, -1)) == std::vector<float>{8, 9, 10, 11, 20, 21, 22, 23});
  CHECK(list(t.slice(2, 1, 4, 2).select(0, 0)) == std::vector<float>{1, 3, 5, 7, 9, 11});
  CHECK(t.slice(0, -1, 99).shape() == Shape{1, 3, 4});
  CHECK(t.slice(0, 2, 1).numel() == 0);
  CHECK(list(counting({3}).expand({2, 3})) == std::vector<float>{0, 1, 2, 0, 1, 2});
  CHECK(t.unsqueeze(-1).shape() == Shape{2, 3, 4, 1});
  CHECK(t.unsqueeze(0).squeeze(0).shape() == t.shape());
  CHECK(t.flatten(1).shape() == Shape{2, 12});
}

TEST_CASE("tensor: axes known at run time, and places counted from the end") {
  const Tensor t = counting({2, 3, 4});
  const std::vector<int> order{-1, 0, 1}, axes{-1, 0};
  const std::array<int, 2> fixed{2, -3};
  CHECK(t.permute(order).shape() == Shape{4, 2, 3});
  CHECK(list(sum(t, axes)) == list(sum(t, {0, 2})));
  CHECK(list(sum(t, fixed)) == list(sum(t, {0, 2})));
  CHECK(list(max(t, std::span<const int>(axes).first(1), true)) == list(max(t, {2}, true)));
  CHECK(sum(t, std::vector<int>()).item() == 276);  // none named: all
  CHECK(t.at({-1, 0, -4}) == t.at({1, 0, 0}));
  CHECK(t.at(std::vector<int64_t>{-2, -1, 3}) == 11);
}

TEST_CASE("tensor: prod") {
  CHECK(list(prod(counting({2, 3}), {1})) == std::vector<float>{0, 60});
  CHECK(list(prod(counting({2, 3}), {0}, true)) == std::vector<float>{0, 4, 10});
  CHECK(prod(Tensor::zeros({0, 3})).item() == 1);
  const Tensor whole = prod(Tensor::of<uint8_t>({20, 20, 20}));
  CHECK(whole.dtype() == Dtype::int64);
  CHECK(whole.item() == 8000);
  CHECK(std::isnan(prod(Tensor::of<float>({0, NAN})).item()));
}

TEST_CASE("tensor: what is expanded cannot be written through") {
  Tensor t = counting({3});
  Tensor wide = t.expand({2, 3});
  const char* refusal =
      "tensor: [2,3] with strides [0,1]: several places are one element, which cannot be written "
      "through them; clone() it first";
  CHECK_THROWS_WITH_AS(wide.fill(1), refusal, StateError);
  CHECK_THROWS_WITH_AS(wide.copy_from(Tensor::ones({2, 3})), refusal, StateError);
  CHECK_THROWS_WITH_AS((void)wide.mutable_data<float>(), refusal, StateError);
  CHECK_THROWS_WITH_AS((void)wide.mutable_bytes(), refusal, StateError);
  CHECK_THROWS_AS(wide.transpose(0, 1).fill(1), StateError);
  CHECK(list(t) == std::vector<float>{0, 1, 2});
  const uint32_t version = t.version();
  wide.select(0, 1).fill(7);  // its elements once each
  wide.slice(0, 0, 1).fill(8);
  t.expand({3}).fill(9);
  CHECK(t.version() > version);
  CHECK(list(t) == std::vector<float>{9, 9, 9});
  wide.clone().fill(1);
  t.expand({0, 3}).fill(1);  // no place at all
  CHECK(list(wide) == std::vector<float>(6, 9));
}

TEST_CASE("tensor: reshape is a view where strides allow it, else a copy") {
  const Tensor t = counting({4, 6});
  CHECK(t.reshape({2, -1}).shares_elements_with(t));
  CHECK(t.slice(0, 0, 4, 2).reshape({2, 2, 3}).shares_elements_with(t));
  CHECK_FALSE(t.t().reshape({24}).shares_elements_with(t));
  CHECK(list(t.t().reshape({24}))[1] == 6);
  CHECK(list(t.slice(1, 1, 5).reshape({4, 2, 2}).select(0, 1)) == std::vector<float>{7, 8, 9, 10});
  CHECK(Tensor::zeros({0, 3}).reshape({3, 0}).numel() == 0);
}

TEST_CASE("tensor: error texts") {
  const Tensor t = counting({2, 3});
  CHECK_THROWS_WITH_AS(
      (void)t.reshape({4, 2}), "reshape: [2,3] to [4,2]: 6 and 8 elements", ShapeError);
  CHECK_THROWS_WITH_AS((void)t.reshape({-1, 4}),
      "reshape: [2,3] to [-1,4]: the open size would not be whole", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)t.select(0, 2), "select: index 2 on axis 0 of [2,3]: outside", ShapeError);
  CHECK_THROWS_WITH_AS((void)t.transpose(0, 2),
      "transpose: axis 2 of [2,3]: needs an axis from -2 to 1", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)t.permute({0, 0}), "permute: axis 0 of [2,3]: named twice", ShapeError);
  CHECK_THROWS_WITH_AS((void)t.expand({2, 2}),
      "expand: [2,3] and [2,2]: axis -1 has sizes 3 and 2, which must be equal or 1", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)t.data<double>(), "tensor: [2,3] of float32: read as float64", DtypeError);
  const Tensor turned = t.t();
  CHECK_THROWS_AS(turned.values<float>(), StateError);
  CHECK_THROWS_WITH_AS((void)t.item(), "item: [2,3]: needs exactly one element", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)Tensor::of<float>({1, 2}, {3}), "tensor: 2 values for [3]: needs 3", ShapeError);
  CHECK_THROWS_WITH_AS(
      (void)Tensor::zeros({-1}), "tensor: [-1]: sizes must not be negative", ShapeError);
  CHECK_THROWS_AS((void)Tensor::zeros({INT64_MAX, INT64_MAX}), ShapeError);
  CHECK_THROWS_WITH_AS(Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}), "shape: 9 axes: at most 8", ShapeError);
}

TEST_CASE("tensor: copy_from writes through any view and converts") {
  Tensor t = Tensor::zeros({3, 4});
  Tensor corner = t.slice(0, 1, 3).slice(1, 0, 4, 3);
  corner.copy_from(Tensor::of<int64_t>({1, 2}, {2, 1}));
  CHECK(list(t) == std::vector<float>{0, 0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 2});
  Tensor column = t.t().select(0, 1);
  column.fill(9);
  CHECK(t.at({2, 1}) == 9);
  CHECK(Tensor::of<float>({1.9f, -1.9f}).to(Dtype::int64).at({1}) == -1);
}

TEST_CASE("tensor: copy_from reads all of itself before it writes") {
  Tensor t = counting({5});
  t.slice(0, 1, 5).copy_from(t.slice(0, 0, 4));
  CHECK(list(t) == std::vector<float>{0, 0, 1, 2, 3});
  Tensor square = counting({2, 2});
  square.copy_from(square.t());
  CHECK(list(square) == std::vector<float>{0, 2, 1, 3});
}

TEST_CASE("tensor: elementwise keeps the memory layout of dense operands") {
  const Tensor t = counting({2, 3, 4, 5}).permute({0, 3, 1, 2});
  const Tensor sum_of = add(t, t);
  CHECK(sum_of.strides() == t.strides());
  CHECK(sum_of.at({1, 4, 2, 3}) == 2 * t.at({1, 4, 2, 3}));
  const Tensor mixed = add(t, t.contiguous());
  CHECK(mixed.at({1, 4, 2, 3}) == 2 * t.at({1, 4, 2, 3}));
  const Tensor biased = add(t, counting({5, 1, 1}));
  for (int64_t c = 0; c < 5; ++c)
    CHECK(biased.at({1, c, 2, 1}) == t.at({1, c, 2, 1}) + static_cast<double>(c));
}

TEST_CASE("tensor: broadcasting equals loops over indices, for every pair of shapes") {
  const std::vector<Shape> shapes{{}, {1}, {5}, {3, 1}, {1, 5}, {3, 5}, {2, 3, 5}, {2, 1, 1},
      {1, 3, 1}, {300}, {2, 300}, {2, 1}};
  for (const Shape& s : shapes) {
    for (const Shape& u : shapes) {
      const Tensor a = counting(s), b = counting(u);
      Shape wanted;
      try {
        wanted = broadcast("test", s, u);
      } catch (const ShapeError&) {
        CHECK_THROWS_AS(sub(a, b), ShapeError);
        continue;
      }
      const Tensor got = sub(a, b), x = a.expand(wanted).contiguous(),
                   y = b.expand(wanted).contiguous();
      REQUIRE(got.shape() == wanted);
      for (int64_t i = 0; i < got.numel(); ++i)
        REQUIRE(got.data<float>()[i] == x.data<float>()[i] - y.data<float>()[i]);
    }
  }
}

TEST_CASE("tensor: comparisons, where, concat, gather") {
  const Tensor a = Tensor::of<float>({1, NAN, 3}), b = Tensor::of<float>({1, 2, 2});
  CHECK(eq(a, b).at({0}) == 1);
  CHECK(eq(a, a).at({1}) == 0);
  CHECK(ne(a, a).at({1}) == 1);
  CHECK(gt(a, b).at({2}) == 1);
  CHECK(std::isnan(maximum(a, b).at({1})));
  CHECK(std::isnan(minimum(b, a).at({1})));
  CHECK(
      list(where(gt(b, Tensor::scalar(1.5)), b, Tensor::scalar(0))) == std::vector<float>{0, 2, 2});
  CHECK(list(concat({counting({2, 2}), counting({2, 1})}, 1)) ==
        std::vector<float>{0, 1, 0, 2, 3, 1});
  CHECK_THROWS_WITH_AS(concat({counting({2, 2}), counting({3, 1})}, 1),
      "concat: [2,2] and [3,1] on axis 1: all other sizes must be equal", ShapeError);
  CHECK(list(gather_rows(counting({3, 2}), Tensor::of<int64_t>({2, 0}))) ==
        std::vector<float>{4, 5, 0, 1});
  CHECK_THROWS_WITH_AS(gather_rows(counting({3, 2}), Tensor::of<int64_t>({3})),
      "gather_rows: index 3: needs 0 to 2", ValueError);
  CHECK_THROWS_WITH_AS(div(Tensor::of<int64_t>({1}), Tensor::of<int64_t>({0})),
      "div: int64 [1]: has a zero", ValueError);
  CHECK_THROWS_WITH_AS(
      add(a, b.to(Dtype::float64)), "add: float32 and float64: must be the same", DtypeError);
  CHECK(all_finite(b));
  CHECK_FALSE(all_finite(a));
}

TEST_CASE("tensor: printing reads like a table") {
  CHECK(Tensor::of<float>({1, 2, 3, 4}, {2, 2}).to_string() == "[[1 2]\n [3 4]]  float32[2,2]");
  CHECK(Tensor::of<double>({0.5, -10}).to_string() == "[0.5 -10]  float64[2]");
  CHECK(Tensor::scalar(3).to_string() == "3  float32[]");
  CHECK(Tensor::arange(2000).to_string() == "[   0    1    2 ... 1997 1998 1999]  int64[2000]");
  CHECK(Tensor::zeros({0}).to_string() == "[]  float32[0]");
  CHECK(Tensor().to_string() == "Tensor()");
}

TEST_CASE("pool: steady state asks the system for nothing, and blocks are aligned") {
  const auto work = [] {
    for (const int64_t n : {1, 100, 5000, 300000, 1000000}) {
      const Tensor t = Tensor::empty({n});
      CHECK(reinterpret_cast<uintptr_t>(t.bytes()) % 64 == 0);
    }
  };
  work();
  const MemoryStats before = memory_stats();
  work();
  const MemoryStats after = memory_stats();
  CHECK(after.live_blocks == before.live_blocks);
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(after.system_requests == before.system_requests);
#endif
  release_cached_memory();
  work();
  CHECK(memory_stats().system_requests > before.system_requests);
}
