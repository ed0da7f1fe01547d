#include "apps/works/works.h"
#include "lively/autograd/ops.h"
#include "lively/nn/norm.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"

namespace lively::bench {
namespace {

Tensor drawn(const Shape& shape, uint64_t seed) {
  Stream stream(Seed{seed}, "single op");
  Tensor t = Tensor::empty(shape);
  fill_normal(t, stream, 0, 1);
  return t;
}

template <class Run>
void milliseconds(const Options& o, const std::string& work, const Run& run) {
  print_time(o, "W7." + work, 1e3, "ms", [&](int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) run();
  });
}

void elementwise(const Options& o) {
  const NoGrad no_grad;
  const int64_t n = 16 * 1024 * 1024;
  const Tensor a = drawn({n}, 1), b = drawn({n}, 2);
  const Variable x(a);
  Tensor out = Tensor::empty({n});
  const auto relu_of = [](auto v) { return v <= decltype(v)(0) ? decltype(v)(0) : v; };
  milliseconds(o, "relu16M.new", [&] { (void)relu(x); });
  milliseconds(o, "relu16M.out", [&] {
    update(
        "relu", [=](auto& y, auto v) { y = relu_of(v); }, out, a);
  });
  milliseconds(o, "relu16M.inplace", [&] {
    update(
        "relu", [=](auto& y) { y = relu_of(y); }, out);
  });
  milliseconds(o, "add16M.new", [&] { (void)add(a, b); });
  milliseconds(o, "add16M.out", [&] {
    update(
        "add", [](auto& y, auto v, auto w) { y = v + w; }, out, a, b);
  });
  milliseconds(o, "exp16M.new", [&] { (void)exp(x); });
  milliseconds(o, "exp16M.out", [&] {
    update(
        "exp", [](auto& y, auto v) { y = math::exp(v); }, out, a);
  });
  milliseconds(o, "sum16M", [&] { (void)sum(a); });
}

// Forward, and forward and backward from a given gradient, gradients afresh.
template <class Op>
void layer(const Options& o, const std::string& work, Tensor input, Tensor gradient,
    std::vector<Variable> parameters, const Op& op) {
  Variable x = parameter(std::move(input));
  {
    const NoGrad no_grad;
    milliseconds(o, work + ".fwd", [&] { (void)op(x); });
  }
  milliseconds(o, work + ".fwd+bwd", [&] {
    x.zero_grad();
    for (Variable& p : parameters) p.zero_grad();
    op(x).backward(gradient);
  });
}

void convolutions(const Options& o) {
  const ConvOptions around{.padding = 1};
  for (const int64_t c : {16, 32, 64}) {
    const int64_t side = 448 / c;
    const Shape shape{128, c, side, side}, kernel{c, c, 3, 3};
    const Tensor x = channels_last(drawn(shape, 1)), dy = channels_last(drawn(shape, 2)),
                 w = drawn(kernel, 3);
    const std::string work = message("conv3x3.c", c, ".", side, "x", side, ".");
    milliseconds(o, work + "fwd", [&] { (void)conv2d(x, w, {}, around); });
    milliseconds(o, work + "bwd_data", [&] { (void)conv2d_input_gradient(dy, w, shape, around); });
    milliseconds(
        o, work + "bwd_weights", [&] { (void)conv2d_weight_gradient(dy, x, kernel, around); });
  }
}

}  // namespace

void w7(const Options& o) {
  elementwise(o);
  layer(o, "softmax4096x1000", drawn({4096, 1000}, 1), drawn({4096, 1000}, 2), {},
      [](const Variable& x) { return softmax(x, 1); });
  LayerNorm ln(Shape{1024});
  layer(o, "layernorm4096x1024", drawn({4096, 1024}, 1), drawn({4096, 1024}, 2), ln.parameters(),
      [&](const Variable& x) { return ln(x); });
  BatchNorm2d bn(64);
  const Shape pictures{128, 64, 28, 28};
  layer(o, "bn128x64x28x28", channels_last(drawn(pictures, 1)), channels_last(drawn(pictures, 2)),
      bn.parameters(), [&](const Variable& x) { return bn(x); });
  convolutions(o);
}

}  // namespace lively::bench
