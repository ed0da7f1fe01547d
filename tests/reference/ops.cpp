#include "tests/reference/ops.h"

#include <climits>

#include "lively/autograd/ops.h"
#include "lively/nn/group_norm.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively::testing {
namespace {

Outputs one(Variable y) { return {{"y", std::move(y)}}; }

CaseOp unary(Variable (*f)(const Variable&)) {
  return [f](const Case&, Inputs& i) { return one(f(i.at("x"))); };
}
CaseOp binary(Variable (*f)(const Variable&, const Variable&)) {
  return [f](const Case&, Inputs& i) { return one(f(i.at("x"), i.at("y"))); };
}

std::vector<int> axes_of(const Case& c, const char* attribute) {
  std::vector<int> axes;
  for (const auto& axis : c.integers(attribute)) axes.push_back(static_cast<int>(*axis));
  return axes;
}

template <class F>
CaseOp reduction(F f) {
  return [f](const Case& c, Inputs& i) {
    return one(f(c, i.at("x"), axes_of(c, "dim"), c.number("keepdim") != 0));
  };
}

Shape shape_of(const Case& c, const char* attribute) {
  Shape s;
  for (const auto& n : c.integers(attribute)) s.push_back(*n);
  return s;
}

Pair pair_of(const Case& c, const char* attribute, int64_t otherwise) {
  const auto both = c.integers(attribute);
  return both.empty()
             ? Pair(static_cast<int64_t>(c.number(attribute, static_cast<double>(otherwise))))
             : Pair(*both[0], *both.back());
}

RunningMoments running_of(const Case& c, Inputs& i) {
  const Shape channels = i.at("weight").shape();
  return {c.has("running_mean") ? i.at("running_mean").data().clone() : Tensor::zeros(channels),
      c.has("running_var") ? i.at("running_var").data().clone() : Tensor::ones(channels),
      c.number("momentum", 0.1)};
}

PoolOptions pool_options(const Case& c) {
  return {.kernel = pair_of(c, "kernel_size", 1),
      .stride = pair_of(c, "stride", 0),
      .padding = pair_of(c, "padding", 0),
      .count_padding = c.number("count_include_pad", 1) != 0,
      .dilation = pair_of(c, "dilation", 1),
      .ceil_mode = c.number("ceil_mode") != 0,
      .divisor = static_cast<int64_t>(c.number("divisor_override"))};
}

// The same with padding that is not the same on both sides: left, right, top, bottom.
PoolOptions padded_pool_options(const Case& c) {
  PoolOptions options = pool_options(c);
  const auto p = c.integers("pad");
  options.padding = {*p[2], *p[0]};
  options.padding_after = {*p[3], *p[1]};
  return options;
}

Variable unsqueeze(const Variable& x, int axis) {
  return reshape(x, x.data().unsqueeze(axis).shape());
}

Reduction reduction_of(const Case& c) {
  const std::string text = c.text("reduction", "mean");
  return text == "none" ? Reduction::none : text == "sum" ? Reduction::sum : Reduction::mean;
}

ClassLossOptions class_options(const Case& c, Inputs& i) {
  return {.weight = c.has("weight") ? i.at("weight").data() : Tensor(),
      .label_smoothing = c.number("label_smoothing"),
      .reduction = reduction_of(c)};
}

// By the module, which keeps the running statistics.
Outputs instance_normed(const Case& c, Inputs& i) {
  const Variable& x = i.at("x");
  const InstanceNormOptions options{.momentum = c.number("momentum", 0.1),
      .affine = c.has("weight"),
      .track_running_stats = c.has("running_mean")};
  std::unique_ptr<InstanceNorm> norm;
  if (x.rank() == 3)
    norm = std::make_unique<InstanceNorm1d>(x.size(1), options);
  else
    norm = std::make_unique<InstanceNorm2d>(x.size(1), options);
  norm->train(c.number("use_input_stats", 1) != 0);
  if (c.has("running_mean")) {
    norm->running.mean.copy_from(i.at("running_mean").data());
    norm->running.variance.copy_from(i.at("running_var").data());
  }
  if (c.has("weight")) norm->weight = i.at("weight"), norm->bias = i.at("bias");
  Outputs out{{"y", (*norm)(x)}};
  if (!c.has("running_mean")) return out;
  out["running_mean"] = Variable(norm->running.mean);
  out["running_var"] = Variable(norm->running.variance);
  return out;
}

// max and min along one axis pass the gradient to the place they name, unlike amax.
CaseOp extreme(bool largest) {
  return [largest](const Case& c, Inputs& i) {
    const int axis = static_cast<int>(c.number("dim"));
    const Tensor place =
        largest ? argmax(i.at("x").data(), axis, true) : argmin(i.at("x").data(), axis, true);
    const Variable y = gather(i.at("x"), axis, place);
    const Tensor flat = place.squeeze(axis);
    return Outputs{{"y", reshape(y, flat.shape())}, {"indices", Variable(flat)}};
  };
}

const std::map<std::string, CaseOp>& table() {
  static const std::map<std::string, CaseOp> ops{
      {"relu", unary(relu)},
      {"selu", unary(selu)},
      {"silu", unary(silu)},
      {"softplus", unary(softplus)},
      {"tanh", unary(tanh)},
      {"sigmoid", unary(sigmoid)},
      {"exp", unary(exp)},
      {"log", unary(log)},
      {"sqrt", unary(sqrt)},
      {"abs", unary(abs)},
      {"neg", unary(neg)},
      {"square", unary(square)},
      {"leaky_relu",
          [](const Case& c, Inputs& i) {
            return one(leaky_relu(i.at("x"), c.number("negative_slope", 0.01)));
          }},
      {"elu", [](const Case& c, Inputs& i) { return one(elu(i.at("x"), c.number("alpha", 1))); }},
      {"gelu",
          [](const Case& c, Inputs& i) {
            return one(
                c.text("approximate", "none") == "tanh" ? gelu_tanh(i.at("x")) : gelu(i.at("x")));
          }},
      {"prelu", [](const Case&, Inputs& i) { return one(prelu(i.at("x"), i.at("weight"))); }},
      {"clamp", [](const Case& c,
                    Inputs& i) { return one(clamp(i.at("x"), c.number("min"), c.number("max"))); }},
      {"pow", [](const Case& c, Inputs& i) { return one(pow(i.at("x"), c.number("exponent"))); }},
      {"add", binary(add)},
      {"sub", binary(sub)},
      {"mul", binary(mul)},
      {"div", binary(div)},
      {"maximum", binary(maximum)},
      {"matmul", binary(matmul)},
      {"sum",
          reduction([](const Case&, const Variable& x, Axes a, bool k) { return sum(x, a, k); })},
      {"mean",
          reduction([](const Case&, const Variable& x, Axes a, bool k) { return mean(x, a, k); })},
      {"amax",
          reduction([](const Case&, const Variable& x, Axes a, bool k) { return max(x, a, k); })},
      {"logsumexp", reduction([](const Case&, const Variable& x, Axes a, bool k) {
         return logsumexp(x, a, k);
       })},
      {"var", reduction([](const Case& c, const Variable& x, Axes a, bool k) {
         return var(x, a, c.number("unbiased", 1) != 0, k);
       })},
      {"argmax",
          [](const Case& c, Inputs& i) {
            return one(Variable(argmax(i.at("x").data(), static_cast<int>(c.number("dim")))));
          }},
      {"max_dim", extreme(true)},
      {"min_dim", extreme(false)},
      {"reshape",
          [](const Case& c, Inputs& i) { return one(reshape(i.at("x"), shape_of(c, "shape"))); }},
      {"flatten",
          [](const Case& c, Inputs& i) {
            return one(flatten(i.at("x"), static_cast<int>(c.number("start_dim"))));
          }},
      {"transpose",
          [](const Case& c, Inputs& i) {
            return one(transpose(
                i.at("x"), static_cast<int>(c.number("dim0")), static_cast<int>(c.number("dim1"))));
          }},
      {"permute",
          [](const Case& c, Inputs& i) { return one(permute(i.at("x"), axes_of(c, "dims"))); }},
      {"unsqueeze",
          [](const Case& c, Inputs& i) {
            return one(unsqueeze(i.at("x"), static_cast<int>(c.number("dim"))));
          }},
      {"squeeze",
          [](const Case& c, Inputs& i) {
            return one(select(i.at("x"), static_cast<int>(c.number("dim")), 0));
          }},
      {"expand",
          [](const Case& c, Inputs& i) { return one(expand(i.at("x"), shape_of(c, "shape"))); }},
      {"cat",
          [](const Case& c, Inputs& i) {
            return one(concat({i.at("a"), i.at("b")}, static_cast<int>(c.number("dim"))));
          }},
      {"stack",
          [](const Case& c, Inputs& i) {
            return one(stack({i.at("a"), i.at("b")}, static_cast<int>(c.number("dim"))));
          }},
      {"slice",
          [](const Case& c, Inputs& i) {
            Variable x = i.at("x");
            int axis = 0;
            for (const auto& r : c.rows("ranges")) {
              x = slice(x, axis, r[0].value_or(0), r[1].value_or(LLONG_MAX), r[2].value_or(1));
              ++axis;
            }
            return one(x);
          }},
      {"index_select",
          [](const Case& c, Inputs& i) {
            return one(
                index_select(i.at("x"), static_cast<int>(c.number("dim")), i.at("index").data()));
          }},
      {"embedding",
          [](const Case& c, Inputs& i) {
            std::optional<int64_t> padding;
            if (c.given("padding_idx")) padding = static_cast<int64_t>(c.number("padding_idx"));
            return one(embedding(i.at("weight"), i.at("indices").data(), padding));
          }},
      {"cumsum",
          [](const Case& c, Inputs& i) {
            return one(cumsum(i.at("x"), static_cast<int>(c.number("dim"))));
          }},
      {"prod",
          reduction([](const Case&, const Variable& x, Axes a, bool k) { return prod(x, a, k); })},
      {"gather",
          [](const Case& c, Inputs& i) {
            return one(gather(i.at("x"), static_cast<int>(c.number("dim")), i.at("index").data()));
          }},
      {"linear",
          [](const Case& c, Inputs& i) {
            return one(
                linear(i.at("x"), i.at("weight"), c.has("bias") ? i.at("bias") : Variable()));
          }},
      {"conv2d",
          [](const Case& c, Inputs& i) {
            return one(conv2d(i.at("x"), i.at("weight"), c.has("bias") ? i.at("bias") : Variable(),
                {.stride = pair_of(c, "stride", 1),
                    .padding = pair_of(c, "padding", 0),
                    .dilation = pair_of(c, "dilation", 1),
                    .groups = static_cast<int64_t>(c.number("groups", 1))}));
          }},
      {"conv_transpose2d",
          [](const Case& c, Inputs& i) {
            return one(conv_transpose2d(i.at("x"), i.at("weight"),
                c.has("bias") ? i.at("bias") : Variable(),
                {.stride = pair_of(c, "stride", 1),
                    .padding = pair_of(c, "padding", 0),
                    .output_padding = pair_of(c, "output_padding", 0),
                    .groups = static_cast<int64_t>(c.number("groups", 1)),
                    .dilation = pair_of(c, "dilation", 1)}));
          }},
      {"cross_entropy",
          [](const Case& c, Inputs& i) {
            // The fused form where it can be, the composed one with options.
            if (c.name == "cross_entropy/mean")
              return one(softmax_cross_entropy(i.at("x"), i.at("target").data()));
            return one(cross_entropy(i.at("x"), i.at("target").data(), class_options(c, i)));
          }},
      {"celu", [](const Case& c, Inputs& i) { return one(celu(i.at("x"), c.number("alpha", 1))); }},
      {"mish", unary(mish)},
      {"hardswish", unary(hardswish)},
      {"softmax",
          [](const Case& c, Inputs& i) {
            return one(softmax(i.at("x"), static_cast<int>(c.number("dim"))));
          }},
      {"log_softmax",
          [](const Case& c, Inputs& i) {
            return one(log_softmax(i.at("x"), static_cast<int>(c.number("dim"))));
          }},
      {"mse_loss",
          [](const Case& c, Inputs& i) {
            return one(mse_loss(i.at("x"), i.at("target").data(), reduction_of(c)));
          }},
      {"l1_loss",
          [](const Case& c, Inputs& i) {
            return one(l1_loss(i.at("x"), i.at("target").data(), reduction_of(c)));
          }},
      {"huber_loss",
          [](const Case& c, Inputs& i) {
            return one(huber_loss(i.at("x"), i.at("target").data(), c.number("delta", 1)));
          }},
      {"smooth_l1_loss",
          [](const Case& c, Inputs& i) {
            return one(smooth_l1_loss(i.at("x"), i.at("target").data(), c.number("beta", 1)));
          }},
      {"binary_cross_entropy_with_logits",
          [](const Case& c, Inputs& i) {
            return one(bce_with_logits(i.at("x"), i.at("target").data(),
                c.has("pos_weight") ? i.at("pos_weight").data() : Tensor(), reduction_of(c)));
          }},
      {"nll_loss",
          [](const Case& c, Inputs& i) {
            return one(nll_loss(i.at("x"), i.at("target").data(), class_options(c, i)));
          }},
      {"kl_div",
          [](const Case&, Inputs& i) { return one(kl_div(i.at("x"), i.at("target").data())); }},
      {"softsign", unary(softsign)},
      {"pad",
          [](const Case& c, Inputs& i) {  // PyTorch names the last axis first
            const auto p = c.integers("pad");
            std::vector<Padding> paddings;
            for (std::size_t k = 0; k < p.size(); k += 2)
              paddings.push_back({-1 - static_cast<int>(k / 2), *p[k], *p[k + 1]});
            const std::string mode = c.text("mode", "constant");
            if (mode == "constant") return one(pad(i.at("x"), paddings, c.number("value")));
            return one(pad(
                i.at("x"), paddings, mode == "reflect" ? PadMode::reflect : PadMode::replicate));
          }},
      {"one_hot",
          [](const Case& c, Inputs& i) {
            return one(Variable(
                one_hot(i.at("index").data(), static_cast<int64_t>(c.number("num_classes")))));
          }},
      {"max_pool2d",
          [](const Case& c, Inputs& i) { return one(max_pool2d(i.at("x"), pool_options(c))); }},
      {"avg_pool2d",
          [](const Case& c, Inputs& i) { return one(avg_pool2d(i.at("x"), pool_options(c))); }},
      {"padded_max_pool2d",
          [](const Case& c, Inputs& i) {
            return one(max_pool2d(i.at("x"), padded_pool_options(c)));
          }},
      {"padded_avg_pool2d",
          [](const Case& c, Inputs& i) {
            return one(avg_pool2d(i.at("x"), padded_pool_options(c)));
          }},
      {"adaptive_avg_pool2d",
          [](const Case& c, Inputs& i) {
            return one(adaptive_avg_pool2d(i.at("x"), pair_of(c, "output_size", 1)));
          }},
      {"batch_norm",
          [](const Case& c, Inputs& i) {
            RunningMoments running = running_of(c, i);
            const Variable y = batch_norm(i.at("x"), i.at("weight"), i.at("bias"), running,
                c.number("training") != 0 ? NormBy::batch : NormBy::running, c.number("eps", 1e-5));
            return Outputs{{"y", y}, {"running_mean", Variable(running.mean)},
                {"running_var", Variable(running.variance)}};
          }},
      {"batch_norm_sequence",
          [](const Case& c, Inputs& i) {
            RunningMoments running = running_of(c, i);
            Outputs out;
            for (int t = 0; t < 4; ++t) {
              const std::string n = std::to_string(t);
              out["y" + n] = batch_norm(i.at("x" + n), i.at("weight"), i.at("bias"), running,
                  t < 3 ? NormBy::batch : NormBy::running);
              out["mean" + n] = Variable(running.mean.clone());
              out["var" + n] = Variable(running.variance.clone());
            }
            return out;
          }},
      {"group_norm",
          [](const Case& c, Inputs& i) {
            const auto groups = static_cast<int64_t>(c.number("num_groups"));
            const double eps = c.number("eps", 1e-5);
            return one(c.has("weight")
                           ? group_norm(i.at("x"), groups, i.at("weight"), i.at("bias"), eps)
                           : group_norm(i.at("x"), groups, eps));
          }},
      {"instance_norm", instance_normed},
      {"layer_norm",
          [](const Case& c, Inputs& i) {
            return one(layer_norm(i.at("x"), i.at("weight"), i.at("bias"), c.number("eps", 1e-5)));
          }},
      {"diamond",
          [](const Case&, Inputs& i) {
            const Variable a = exp(i.at("x"));
            return one(a * sin(a) + a);
          }},
      {"square_by_product", [](const Case&, Inputs& i) { return one(i.at("x") * i.at("x")); }},
      {"shared_weight",
          [](const Case&, Inputs& i) {
            const Variable w = transpose(i.at("weight"), 0, 1);
            return one(tanh(matmul(tanh(matmul(i.at("x"), w)), w)));
          }},
      {"detached", [](const Case&,
                       Inputs& i) { return one(i.at("x") * exp(i.at("x")).detach() + i.at("x")); }},
      {"mlp_cross_entropy",
          [](const Case&, Inputs& i) {
            const Variable h = relu(linear(i.at("x"), i.at("0.weight"), i.at("0.bias")));
            return one(softmax_cross_entropy(
                linear(h, i.at("2.weight"), i.at("2.bias")), i.at("target").data()));
          }},
  };
  return ops;
}

}  // namespace

CaseOp find_op(const Case& c) {
  const auto found = table().find(c.op);
  return found == table().end() ? CaseOp() : found->second;
}

}  // namespace lively::testing
