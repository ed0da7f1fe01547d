// An undefined Tensor says so, in the name of what was asked of it: every member, every function.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "lively/tensor/conv.h"
#include "lively/tensor/gemm.h"
#include "lively/tensor/map.h"
#include "lively/tensor/moments.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/pool.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"

using namespace lively;

namespace {

struct Call {
  std::string op;
  std::function<void()> run;
};

void check(const std::vector<Call>& calls) {
  for (const Call& c : calls) {
    CAPTURE(c.op);
    CHECK_THROWS_WITH_AS(c.run(),
        (c.op + ": tensor is undefined (a gradient before backward()?)").c_str(), StateError);
  }
}

}  // namespace

TEST_CASE("undefined: every member of Tensor") {
  Tensor none, some = Tensor::zeros({2});
  check({
      {"dtype", [&] { (void)none.dtype(); }},
      {"shape", [&] { (void)none.shape(); }},
      {"strides", [&] { (void)none.strides(); }},
      {"rank", [&] { (void)none.rank(); }},
      {"numel", [&] { (void)none.numel(); }},
      {"size", [&] { (void)none.size(0); }},
      {"is_contiguous", [&] { (void)none.is_contiguous(); }},
      {"is_dense", [&] { (void)none.is_dense(); }},
      {"version", [&] { (void)none.version(); }},
      {"is_only_handle", [&] { (void)none.is_only_handle(); }},
      {"shares_elements_with", [&] { (void)none.shares_elements_with(some); }},
      {"shares_elements_with", [&] { (void)some.shares_elements_with(none); }},
      {"data", [&] { (void)none.data<float>(); }},
      {"data", [&] { (void)none.mutable_data<float>(); }},
      {"bytes", [&] { (void)none.bytes(); }},
      {"bytes", [&] { (void)none.mutable_bytes(); }},
      {"values", [&] { (void)none.values<float>(); }},
      {"values", [&] { (void)none.mutable_values<float>(); }},
      {"item", [&] { (void)none.item(); }},
      {"at", [&] { (void)none.at({0}); }},
      {"fill", [&] { none.fill(1); }},
      {"copy_from", [&] { none.copy_from(some); }},
      {"copy_from", [&] { some.copy_from(none); }},
      {"transpose", [&] { (void)none.t(); }},
      {"transpose", [&] { (void)none.transpose(0, 1); }},
      {"permute", [&] { (void)none.permute({0}); }},
      {"slice", [&] { (void)none.slice(0, 0, 1); }},
      {"select", [&] { (void)none.select(0, 0); }},
      {"expand", [&] { (void)none.expand({2}); }},
      {"squeeze", [&] { (void)none.squeeze(0); }},
      {"unsqueeze", [&] { (void)none.unsqueeze(0); }},
      {"reshape", [&] { (void)none.reshape({2}); }},
      {"flatten", [&] { (void)none.flatten(); }},
      {"contiguous", [&] { (void)none.contiguous(); }},
      {"clone", [&] { (void)none.clone(); }},
      {"to", [&] { (void)none.to(Dtype::float32); }},
      {"view_of", [&] { (void)Tensor::view_of(none, {}, {}, 0); }},
  });
  CHECK_FALSE(none.defined());
  CHECK(none.to_string() == "Tensor()");
}

TEST_CASE("undefined: every function of one tensor") {
  const Tensor none;
  Tensor to_fill;
  Stream stream(Seed{1}, "undefined");
  const PoolWindows windows = pool_windows("pool", {1, 1, 2, 2}, {.kernel = 2});
  check({
      {"neg", [&] { neg(none); }},
      {"is_nan", [&] { is_nan(none); }},
      {"is_finite", [&] { is_finite(none); }},
      {"all_finite", [&] { all_finite(none); }},
      {"cumsum", [&] { cumsum(none, 0); }},
      {"one_hot", [&] { one_hot(none, 2); }},
      {"concat", [&] { concat({none}, 0); }},
      {"sum", [&] { sum(none); }},
      {"prod", [&] { prod(none); }},
      {"mean", [&] { mean(none); }},
      {"max", [&] { max(none); }},
      {"min", [&] { min(none); }},
      {"var", [&] { var(none); }},
      {"logsumexp", [&] { logsumexp(none); }},
      {"any", [&] { any(none); }},
      {"all", [&] { all(none); }},
      {"argmax", [&] { argmax(none, 0); }},
      {"argmin", [&] { argmin(none, 0); }},
      {"sum_to", [&] { sum_to(none, {}); }},
      {"channels_last", [&] { channels_last(none); }},
      {"moments", [&] { channel_moments(none); }},
      {"max_pool2d", [&] { max_pool(none, windows); }},
      {"avg_pool2d", [&] { avg_pool(none, windows); }},
      {"avg_pool2d",
          [&] {
            avg_pool_gradient(none, {1, 1, 2, 2}, windows);
          }},
      {"fill_uniform", [&] { fill_uniform(to_fill, stream, 0, 1); }},
      {"fill_normal", [&] { fill_normal(to_fill, stream, 0, 1); }},
      {"same",
          [&] {
            (void)map(
                "same", [](auto v) { return v; }, none);
          }},
  });
}

TEST_CASE("undefined: every function of two tensors, in each place") {
  struct Binary {
    const char* op;
    std::function<void(const Tensor&, const Tensor&)> call;
  };
  const ConvOptions options;
  const PoolWindows windows = pool_windows("pool", {1, 1, 2, 2}, {.kernel = 2});
  const std::vector<Binary> all{
      {"add", [](auto& a, auto& b) { add(a, b); }},
      {"sub", [](auto& a, auto& b) { sub(a, b); }},
      {"mul", [](auto& a, auto& b) { mul(a, b); }},
      {"div", [](auto& a, auto& b) { div(a, b); }},
      {"maximum", [](auto& a, auto& b) { maximum(a, b); }},
      {"minimum", [](auto& a, auto& b) { minimum(a, b); }},
      {"eq", [](auto& a, auto& b) { eq(a, b); }},
      {"ne", [](auto& a, auto& b) { ne(a, b); }},
      {"lt", [](auto& a, auto& b) { lt(a, b); }},
      {"le", [](auto& a, auto& b) { le(a, b); }},
      {"gt", [](auto& a, auto& b) { gt(a, b); }},
      {"ge", [](auto& a, auto& b) { ge(a, b); }},
      {"where", [](auto& a, auto& b) { where(Tensor::zeros({}, Dtype::uint8), a, b); }},
      {"where", [](auto& a, auto& b) { where(a, b, b); }},
      {"concat",
          [](auto& a, auto& b) {
            concat({a, b}, 0);
          }},
      {"gather_rows", [](auto& a, auto& b) { gather_rows(a, b); }},
      {"embedding", [](auto& a, auto& b) { gather_rows(a, b, "embedding"); }},
      {"gather", [](auto& a, auto& b) { gather(a, 0, b); }},
      {"index_add",
          [](auto& a, auto& b) {
            Tensor out = a;
            index_add(out, b, b);
          }},
      {"index_add",
          [](auto& a, auto& b) {
            Tensor out = Tensor::zeros({1, 1, 2, 2});
            index_add(out, a, b);
          }},
      {"scatter_add",
          [](auto& a, auto& b) {
            Tensor out = a;
            scatter_add(out, 0, b, b);
          }},
      {"scatter_add",
          [](auto& a, auto& b) {
            Tensor out = Tensor::zeros({1, 1, 2, 2});
            scatter_add(out, 0, a, b);
          }},
      {"gemm", [](auto& a, auto& b) { gemm(a, b); }},
      {"gemm",
          [](auto& a, auto& b) {
            Tensor c = a;
            gemm_into(c, Tensor::zeros({2, 2}), b);
          }},
      {"gemm",
          [](auto& a, auto& b) {
            Tensor c = Tensor::zeros({2, 2});
            gemm_into(c, a, b);
          }},
      {"gemm",
          [](auto& a, auto& b) {
            Tensor c = a;
            plain_gemm_into(c, Tensor::zeros({2, 2}), b);
          }},
      {"gemm",
          [](auto& a, auto& b) {
            Tensor c = Tensor::zeros({2, 2});
            plain_gemm_into(c, a, b);
          }},
      {"conv2d", [&](auto& a, auto& b) { conv2d(a, b, Tensor(), options); }},
      {"conv2d", [&](auto& a, auto& b) { plain_conv2d(a, b, Tensor(), options); }},
      {"conv2d",
          [&](auto& a, auto& b) {
            conv2d_input_gradient(a, b, {1, 1, 2, 2}, options);
          }},
      {"conv2d",
          [&](auto& a, auto& b) {
            conv2d_weight_gradient(a, b, {1, 1, 1, 1}, options);
          }},
      {"max_pool2d", [&](auto& a, auto& b) { max_pool_gradient(a, b, b, windows); }},
      {"max_pool2d", [&](auto& a, auto& b) { max_pool_gradient(b, b, a, windows); }},
      {"first",
          [](auto& a, auto& b) {
            (void)map(
                "first", [](auto v, auto) { return v; }, a, b);
          }},
      {"copy",
          [](auto& a, auto& b) {
            Tensor to = a;
            update(
                "copy", [](auto& v, auto w) { v = w; }, to, b);
          }},
  };
  const Tensor none, some = Tensor::zeros({1, 1, 2, 2});
  for (const Binary& f : all)
    check({{f.op, [&] { f.call(none, some); }}, {f.op, [&] { f.call(some, none); }}});
}
