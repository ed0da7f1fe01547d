#include "tests/autograd/op_table.h"

#include <cmath>
#include <cstdlib>

#include "lively/tensor/random.h"

namespace lively::testing {
namespace {

using V = std::vector<Variable>;

Tensor mask_of(const Shape& shape) {
  Tensor mask = Tensor::zeros(shape, Dtype::uint8);
  for (int64_t i = 0; i < mask.numel(); i += 2) mask.mutable_data<uint8_t>()[i] = 1;
  return mask;
}

// That of the inputs, one of which a test may leave undefined.
Dtype dtype_of(const V& v) {
  for (const Variable& x : v)
    if (x.defined()) return x.dtype();
  return Dtype::float32;
}

// Targets whose distances from the drawn values lie far from the losses' kinks.
Tensor far_target(const V& v) {
  Tensor t = Tensor::full({3, 4}, 2.03, dtype_of(v));
  t.slice(0, 0, 1).fill(-0.317);
  return t;
}

template <class Norm>
Variable normalised(const Norm& norm, const V& v, NormBy by) {
  const Shape channels = v[1].defined() ? v[1].shape() : Shape{1};
  RunningMoments running{
      Tensor::full(channels, 0.1, dtype_of(v)), Tensor::full(channels, 1.3, dtype_of(v))};
  return norm(v[0], v[1], v[2], running, by, 1e-5);
}

OpRow unary(const char* name, Variable (*f)(const Variable&), Domain domain = Domain::real) {
  return {name, Kind::elementwise, {{3, 4}}, [f](const V& v) { return f(v[0]); }, domain};
}

OpRow binary(const char* name, Kind kind, Variable (*f)(const Variable&, const Variable&),
    std::vector<Shape> shapes, Domain domain = Domain::real) {
  return {name, kind, std::move(shapes), [f](const V& v) { return f(v[0], v[1]); }, domain};
}

const std::vector<OpRow>& all_rows() {
  using enum Kind;
  static const std::vector<Shape> same{{3, 4}, {3, 4}}, row{{3, 4}, {4}}, both{{3, 1, 2}, {4, 1}};
  static const Tensor target = Tensor::of<int64_t>({1, 0, 3});
  static const std::vector<OpRow> rows{
      binary("add", elementwise, add, same),
      binary("add", elementwise, add, row),
      binary("add", elementwise, add, both),
      binary("sub", elementwise, sub, row),
      binary("mul", elementwise, mul, both),
      binary("mul", elementwise, mul, row),
      binary("div", elementwise, div, same, Domain::away_from_zero),
      binary("div", elementwise, div, both, Domain::away_from_zero),
      unary("neg", neg),
      {"add", elementwise, {{3, 4}}, [](const V& v) { return v[0] + 2.5; }},
      {"mul", elementwise, {{3, 4}}, [](const V& v) { return v[0] * -1.5; }},
      unary("exp", exp),
      unary("log", log, Domain::positive),
      unary("sqrt", sqrt, Domain::positive),
      unary("abs", abs),
      unary("square", square),
      unary("tanh", tanh),
      unary("sigmoid", sigmoid),
      {"pow", elementwise, {{3, 4}}, [](const V& v) { return pow(v[0], 2.5); }, Domain::positive},
      {"pow", elementwise, {{3, 4}}, [](const V& v) { return pow(v[0], 3); }},
      binary("pow", elementwise, pow, same, Domain::positive),
      binary("pow", elementwise, pow, both, Domain::positive),
      {"clamp", elementwise, {{3, 4}}, [](const V& v) { return clamp(v[0], -0.713, 0.913); }},
      binary("maximum", elementwise, maximum, same),
      binary("maximum", elementwise, maximum, row),
      binary("minimum", elementwise, minimum, both),
      {"where", selection, {{3, 4}, {4}},
          [](const V& v) {
            return where(mask_of({3, 4}), v[0], v[1]);
          }},
      {"cast", elementwise, {{3, 4}}, [](const V& v) { return cast(v[0], dtype_of(v)); }},
      binary("matmul", product, matmul, {{3, 4}, {4, 5}}),
      binary("matmul", product, matmul, {{2, 3, 4}, {4, 2}}),
      binary("matmul", product, matmul, {{2, 1, 3, 4}, {5, 4, 2}}),
      {"linear", product, {{3, 4}, {5, 4}, {5}},
          [](const V& v) { return linear(v[0], v[1], v[2]); }},
      {"linear", product, {{3, 4}, {5, 4}}, [](const V& v) { return linear(v[0], v[1]); }},
      binary("matmul", product, matmul, {{2, 4, 3}, {2, 3, 35}}),  // as tensor/narrow.cpp has them
      {"affine", product, {{2, 3, 5}, {2, 4, 3}, {2, 4}},
          [](const V& v) { return affine(v[0], v[1], v[2]); }},
      {"affine", product, {{3, 35}, {2, 2, 3}, {2, 2}},
          [](const V& v) { return affine(v[0], v[1], v[2]); }},
      {"conv2d", product, {{2, 3, 5, 4}, {4, 3, 3, 2}, {4}},
          [](const V& v) {
            return conv2d(v[0], v[1], v[2], {.stride = {2, 1}, .padding = {1, 2}});
          }},
      {"conv2d", product, {{2, 4, 7, 6}, {6, 2, 3, 2}},
          [](const V& v) {
            return conv2d(
                v[0], v[1], {}, {.stride = {1, 3}, .padding = 1, .dilation = {2, 1}, .groups = 2});
          }},
      {"conv2d", product, {{1, 9, 2, 2}, {17, 9, 1, 1}, {17}},
          [](const V& v) { return conv2d(v[0], v[1], v[2]); }},
      {"conv2d", product, {{1, 2, 6, 6}, {3, 2, 2, 2}},
          [](const V& v) { return conv2d(v[0], v[1], {}, {.stride = 3, .dilation = 2}); }},
      {"conv_transpose2d", product, {{2, 3, 3, 4}, {3, 4, 3, 2}, {4}},
          [](const V& v) {
            return conv_transpose2d(
                v[0], v[1], v[2], {.stride = {2, 1}, .padding = {1, 0}, .output_padding = {1, 0}});
          }},
      {"conv_transpose2d", product, {{1, 4, 3, 3}, {4, 3, 2, 3}, {6}},
          [](const V& v) {
            return conv_transpose2d(v[0], v[1], v[2], {.stride = {1, 3}, .groups = 2});
          }},
      {"conv_transpose2d", product, {{1, 2, 3, 2}, {2, 2, 2, 2}},  // wider than a stride reaches
          [](const V& v) {
            return conv_transpose2d(
                v[0], v[1], {}, {.padding = 1, .output_padding = {2, 1}, .dilation = {3, 2}});
          }},
      {"max_pool2d", window, {{2, 2, 6, 5}},
          [](const V& v) {
            return max_pool2d(v[0],
                {.kernel = 2, .stride = 3, .padding = 1, .dilation = {1, 2}, .ceil_mode = true});
          }},
      {"avg_pool2d", window, {{2, 2, 6, 5}},
          [](const V& v) {
            return avg_pool2d(v[0], {.kernel = {3, 2},
                                        .stride = 2,
                                        .padding = {1, 0},
                                        .dilation = {1, 3},
                                        .ceil_mode = true,
                                        .padding_after = {0, 1}});
          }},
      {"avg_pool2d", window, {{1, 2, 6, 5}},
          [](const V& v) {
            return avg_pool2d(v[0], {.kernel = 3,
                                        .stride = 2,
                                        .padding = 1,
                                        .count_padding = false,
                                        .ceil_mode = true});
          }},
      {"max_pool2d", window, {{2, 3, 5, 6}},
          [](const V& v) {
            return max_pool2d(v[0], {.kernel = 3, .stride = {2, 1}, .padding = {1, 0}});
          }},
      {"avg_pool2d", window, {{2, 3, 5, 6}},
          [](const V& v) { return avg_pool2d(v[0], {.kernel = 3, .stride = 2, .padding = 1}); }},
      {"avg_pool2d", window, {{1, 2, 4, 4}},
          [](const V& v) {
            return avg_pool2d(v[0], {.kernel = {2, 3}, .padding = {0, 1}, .count_padding = false});
          }},
      {"adaptive_max_pool2d", window, {{2, 2, 5, 7}},
          [](const V& v) {
            return adaptive_max_pool2d(v[0], {2, 3});
          }},
      {"adaptive_avg_pool2d", window, {{2, 2, 5, 7}},
          [](const V& v) {
            return adaptive_avg_pool2d(v[0], {3, 2});
          }},
      {"batch_norm", normalisation, {{5, 3}, {3}, {3}},
          [](const V& v) { return normalised(batch_norm, v, NormBy::batch); }},
      {"batch_norm", normalisation, {{3, 2, 2, 3}, {2}, {2}},
          [](const V& v) { return normalised(batch_norm, v, NormBy::batch); }},
      {"batch_norm", normalisation, {{2, 70, 2}, {70}, {70}},
          [](const V& v) { return normalised(batch_norm, v, NormBy::running); }},
      {"batch_norm_relu", normalisation, {{4, 2, 3, 2}, {2}, {2}},
          [](const V& v) { return normalised(batch_norm_relu, v, NormBy::batch); }},
      {"batch_norm_relu", normalisation, {{4, 3}, {3}, {3}},
          [](const V& v) { return normalised(batch_norm_relu, v, NormBy::running); }},
      {"layer_norm", normalisation, {{4, 5}, {5}, {5}},
          [](const V& v) { return layer_norm(v[0], v[1], v[2]); }},
      {"layer_norm", normalisation, {{2, 3, 4, 9}, {4, 9}, {4, 9}},
          [](const V& v) { return layer_norm(v[0], v[1], v[2], 0.01); }},
      {"group_norm", normalisation, {{3, 6, 2, 3}, {6}, {6}},
          [](const V& v) { return group_norm(v[0], 3, v[1], v[2]); }},
      {"group_norm", normalisation, {{2, 8}, {8}, {8}},
          [](const V& v) { return group_norm(v[0], 2, v[1], v[2], 0.01); }},
      {"group_norm", normalisation, {{2, 70, 2}}, [](const V& v) { return group_norm(v[0], 5); }},
      {"instance_norm", normalisation, {{2, 3, 3, 3}, {3}, {3}},
          [](const V& v) { return instance_norm(v[0], v[1], v[2]); }},
      {"instance_norm", normalisation, {{2, 3, 5}},
          [](const V& v) { return instance_norm(v[0], 0.01); }},
      binary("add_relu", elementwise, add_relu, {{3, 4}, {3, 4}}),
      binary("add_relu", elementwise, add_relu, {{2, 3, 2, 2}, {2, 3, 2, 2}}),
      unary("sin", sin),
      unary("cos", cos),
      unary("erf", erf),
      unary("expm1", expm1),
      unary("log1p", log1p, Domain::positive),
      unary("floor", floor),
      unary("ceil", ceil),
      unary("sign", sign),
      unary("softsign", softsign),
      {"index_select", selection, {{3, 4}},
          [](const V& v) {
            return index_select(v[0], 1, Tensor::of<int64_t>({3, 0, 3}));
          }},
      {"embedding", selection, {{4, 3}},
          [](const V& v) {
            return embedding(v[0], Tensor::of<int64_t>({2, 0, 2, 3}, {2, 2}));
          }},
      {"stack", view, {{3, 4}, {3, 4}},
          [](const V& v) {
            return stack({v[0], v[1]}, 1);
          }},
      {"split", view, {{3, 5}},
          [](const V& v) {
            const auto parts = split(v[0], {2, 3}, 1);
            return concat({parts[1], parts[0] * 2}, 1);
          }},
      {"pad", view, {{3, 4}},
          [](const V& v) {
            return pad(v[0], {{-1, 1, 2}, {0, 0, 1}}, 0.5);
          }},
      {"pad", view, {{2, 3, 2, 2}},
          [](const V& v) {
            return pad(v[0], {{1, 1, 0}});
          }},
      {"pad", selection, {{2, 3, 4}},
          [](const V& v) {
            return pad(v[0], {{2, 3, 1}, {-2, 1, 2}}, PadMode::reflect);
          }},
      {"pad", selection, {{2, 3, 2, 2}},
          [](const V& v) {
            return pad(v[0], {{-1, 3, 1}, {-2, 0, 2}}, PadMode::replicate);
          }},
      {"cumsum", reduction, {{3, 4, 2}}, [](const V& v) { return cumsum(v[0], 1); }},
      unary("relu", relu),
      {"leaky_relu", elementwise, {{3, 4}}, [](const V& v) { return leaky_relu(v[0], 0.1); }},
      {"leaky_relu", elementwise, {{3, 4}}, [](const V& v) { return leaky_relu(v[0], -0.2); }},
      binary("prelu", elementwise, prelu, {{3, 4}, {4}}),
      binary("prelu", elementwise, prelu, {{2, 3, 2, 2}, {3}}),
      binary("prelu", elementwise, prelu, {{3, 4}, {1}}),
      {"elu", elementwise, {{3, 4}}, [](const V& v) { return elu(v[0], 0.7); }},
      {"celu", elementwise, {{3, 4}}, [](const V& v) { return celu(v[0], 0.7); }},
      unary("gelu_tanh", gelu_tanh),
      unary("mish", mish),
      unary("hardswish", hardswish),
      {"softmax", normalisation, {{3, 4}}, [](const V& v) { return softmax(v[0], 1); }},
      {"log_softmax", normalisation, {{3, 4, 2}}, [](const V& v) { return log_softmax(v[0], 0); }},
      {"l1_loss", loss, {{3, 4}}, [](const V& v) { return l1_loss(v[0], far_target(v)); }},
      {"huber_loss", loss, {{3, 4}},
          [](const V& v) { return huber_loss(v[0], far_target(v), 0.7, Reduction::sum); }},
      {"smooth_l1_loss", loss, {{3, 4}},
          [](const V& v) { return smooth_l1_loss(v[0], far_target(v), 0.5); }},
      {"bce_with_logits", loss, {{3, 4}},
          [](const V& v) {
            return bce_with_logits(v[0], draw({3, 4}, Domain::positive, dtype_of(v), 5),
                Tensor::full({4}, 2.5, dtype_of(v)));
          }},
      {"cross_entropy", loss, {{3, 4}},
          [](const V& v) { return cross_entropy(v[0], target, {.label_smoothing = 0.2}); }},
      {"nll_loss", loss, {{3, 4}},
          [](const V& v) { return nll_loss(v[0], target, {.reduction = Reduction::none}); }},
      {"cross_entropy", loss, {{2, 4, 3}},
          [](const V& v) {
            return cross_entropy(
                v[0], draw({2, 4, 3}, Domain::positive, dtype_of(v), 7), {.label_smoothing = 0.1});
          }},
      {"cross_entropy", loss, {{2, 4, 2, 1}},
          [](const V& v) {
            return cross_entropy(v[0], Tensor::of<int64_t>({1, 0, 3, 1}, {2, 2, 1}));
          }},
      {"binary_cross_entropy", loss, {{3, 4}},
          [](const V& v) {
            return binary_cross_entropy(v[0].defined() ? sigmoid(v[0]) : v[0],
                draw({3, 4}, Domain::positive, dtype_of(v), 8));
          }},
      {"kl_div", loss, {{3, 4}},
          [](const V& v) {
            return kl_div(v[0], draw({3, 4}, Domain::real, dtype_of(v), 9),
                {.over = KlDivOptions::Over::elements, .log_target = true});
          }},
      {"kl_div", loss, {{3, 4}},
          [](const V& v) {
            return kl_div(v[0], draw({3, 4}, Domain::positive, dtype_of(v), 6));
          }},
      unary("selu", selu),
      unary("gelu", gelu),
      unary("silu", silu),
      unary("softplus", softplus),
      {"sum", reduction, {{3, 4}}, [](const V& v) { return sum(v[0]); }},
      {"sum", reduction, {{3, 4, 2}},
          [](const V& v) {
            return sum(v[0], {0, -1});
          }},
      {"sum", reduction, {{3, 4, 2}}, [](const V& v) { return sum(v[0], {1}, true); }},
      {"mean", reduction, {{3, 4, 2}}, [](const V& v) { return mean(v[0], {1}); }},
      {"mean", reduction, {{3, 4}}, [](const V& v) { return mean(v[0]); }},
      {"prod", reduction, {{2, 3}}, [](const V& v) { return prod(v[0]); }},
      {"prod", reduction, {{3, 2, 4}},
          [](const V& v) {
            return prod(v[0], std::vector<int>{-1, 0}, true);
          }},
      {"max", reduction, {{3, 4}}, [](const V& v) { return max(v[0]); }},
      {"max", reduction, {{3, 4, 2}}, [](const V& v) { return max(v[0], {1}, true); }},
      {"min", reduction, {{3, 4, 2}},
          [](const V& v) {
            return min(v[0], {0, 2});
          }},
      {"var", reduction, {{3, 4}}, [](const V& v) { return var(v[0]); }},
      {"var", reduction, {{3, 4, 2}},
          [](const V& v) {
            return var(v[0], {0, 2}, false, true);
          }},
      {"logsumexp", reduction, {{3, 4}}, [](const V& v) { return logsumexp(v[0], {1}); }},
      {"logsumexp", reduction, {{3, 4, 2}},
          [](const V& v) {
            return logsumexp(v[0], {0, 1}, true);
          }},
      {"concat", view, {{3, 4}, {2, 4}},
          [](const V& v) {
            return concat({v[0], v[1]}, 0);
          }},
      {"concat", view, {{3, 4}, {3, 1}, {3, 2}},
          [](const V& v) {
            return concat({v[0], v[1], v[2]}, -1);
          }},
      {"gather", selection, {{3, 4}},
          [](const V& v) {
            return gather(v[0], 1, Tensor::of<int64_t>({0, 0, 3, 1, 2, 2}, {3, 2}));
          }},
      {"gather_rows", selection, {{3, 4}},
          [](const V& v) {
            return gather_rows(v[0], Tensor::of<int64_t>({2, 0, 2}));
          }},
      {"reshape", view, {{3, 4}},
          [](const V& v) {
            return reshape(v[0], {2, -1});
          }},
      {"flatten", view, {{3, 2, 2}}, [](const V& v) { return flatten(v[0]); }},
      {"transpose", view, {{3, 4, 2}}, [](const V& v) { return transpose(v[0], 0, 2); }},
      {"permute", view, {{3, 4, 2}},
          [](const V& v) {
            return permute(v[0], {2, 0, 1});
          }},
      {"permute", view, {{3, 4, 2, 2}},
          [](const V& v) {
            return permute(v[0], std::vector<int>{-1, 0, -2, 1});
          }},
      {"slice", selection, {{3, 6}}, [](const V& v) { return slice(v[0], 1, 1, 6, 2); }},
      {"select", selection, {{3, 4}}, [](const V& v) { return select(v[0], -1, 2); }},
      {"expand", view, {{3, 1}},
          [](const V& v) {
            return expand(v[0], {2, 3, 4});
          }},
      {"dropout", elementwise, {{3, 4}},
          [](const V& v) {
            Stream stream(Seed{3}, "dropout");
            return dropout(v[0], 0.4, stream);
          }},
      {"alpha_dropout", elementwise, {{3, 4}},
          [](const V& v) {
            Stream stream(Seed{3}, "dropout");
            return alpha_dropout(v[0], 0.4, stream);
          }},
      {"softmax_cross_entropy", loss, {{3, 4}},
          [](const V& v) { return softmax_cross_entropy(v[0], target); }},
      {"clipped_cross_entropy", loss, {{3, 4}},
          [](const V& v) { return clipped_cross_entropy(v[0], target); }},
      {"mse_loss", loss, {{3, 4}},
          [](const V& v) {
            return mse_loss(v[0], draw({3, 4}, Domain::real, dtype_of(v), 99));
          }},
  };
  return rows;
}

}  // namespace

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> rows = [] {
    const char* only = std::getenv("LIVELY_OP");
    std::vector<OpRow> kept = all_rows();
    if (only) std::erase_if(kept, [only](const OpRow& row) { return row.name != only; });
    if (kept.empty()) fail<ValueError>("LIVELY_OP: ", only, ": has no row");
    return kept;
  }();
  return rows;
}

bool is_whole_table() { return op_table().size() == all_rows().size(); }

Tensor draw(const Shape& shape, Domain domain, Dtype dtype, uint64_t index) {
  Stream stream(Seed{7}, "op table", index);
  const int64_t n = shape.numel();
  const Tensor order = permutation(n, stream);
  Tensor t = Tensor::empty(shape, dtype);
  visit_float("draw", dtype, [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < n; ++i) {
      // Distinct steps of 0.11, jittered by less than half of one.
      const double place =
          static_cast<double>(order.data<int64_t>()[i]) - static_cast<double>(n) / 2 + 0.5;
      double v = 0.11 * place + stream.uniform(-0.02, 0.02) + (n % 2 && place == 0 ? 0.05 : 0);
      if (std::abs(v) < 0.03) v = 0.035;
      if (domain == Domain::positive) v = std::abs(v) + 0.2;
      if (domain == Domain::away_from_zero) v += v < 0 ? -0.4 : 0.4;
      t.mutable_data<T>()[i] = static_cast<T>(v);
    }
  });
  return t;
}

std::vector<Tensor> inputs_of(const OpRow& row, Dtype dtype) {
  std::vector<Tensor> inputs;
  for (const Shape& s : row.shapes) inputs.push_back(draw(s, row.domain, dtype, inputs.size()));
  return inputs;
}

}  // namespace lively::testing
