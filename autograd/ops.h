#pragma once

#include <optional>
#include <vector>

#include "lively/autograd/variable.h"
#include "lively/tensor/conv.h"
#include "lively/tensor/pool.h"
#include "lively/tensor/random.h"

// The differentiable ops: free functions, one file each in ops/ (families share). Elementwise
// ops broadcast by NumPy's rules. All throw ShapeError or DtypeError with the op's name, and
// StateError for an undefined operand; there is no promotion of dtypes.

namespace lively {

// ops/arithmetic.cpp
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);
Variable neg(const Variable& x);
Variable add(const Variable& x, double c);  // x + c
Variable mul(const Variable& x, double c);  // x · c

inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
inline Variable operator-(const Variable& a, const Variable& b) { return sub(a, b); }
inline Variable operator*(const Variable& a, const Variable& b) { return mul(a, b); }
inline Variable operator/(const Variable& a, const Variable& b) { return div(a, b); }
inline Variable operator-(const Variable& x) { return neg(x); }
inline Variable operator+(const Variable& x, double c) { return add(x, c); }
inline Variable operator+(double c, const Variable& x) { return add(x, c); }
inline Variable operator-(const Variable& x, double c) { return add(x, -c); }
inline Variable operator-(double c, const Variable& x) { return add(neg(x), c); }
inline Variable operator*(const Variable& x, double c) { return mul(x, c); }
inline Variable operator*(double c, const Variable& x) { return mul(x, c); }
inline Variable operator/(const Variable& x, double c) { return mul(x, 1 / c); }

// ops/matmul.cpp: […, M, K] x […, K, N] -> […, M, N]; a vector is a row or a column
Variable matmul(const Variable& a, const Variable& b);
// ops/linear.cpp: x […, in], weight [out, in], bias [out] or none -> x · weightᵀ + bias […, out]
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});
// ops/affine.cpp: the same for a stack of M layers, samples side by side: x [M, in, N], or [in, N]
// for all, weight [M, out, in], bias [M, out] -> weight · x + bias [M, out, N]
Variable affine(const Variable& x, const Variable& weight, const Variable& bias);
// ops/conv2d.cpp: x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] or none -> [N, O, OH, OW]
Variable conv2d(const Variable& x, const Variable& weight, const Variable& bias = {},
    const ConvOptions& options = {});
// ops/conv_transpose2d.cpp: x [N, C, H, W], weight [C, O/groups, KH, KW], bias [O] or none ->
// [N, O, OH, OW], OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1
struct ConvTransposeOptions {
  Pair stride = 1;
  Pair padding = 0;         // taken off the result on each side
  Pair output_padding = 0;  // more rows and columns after it; below the stride or the dilation
  int64_t groups = 1;
  Pair dilation = 1;
  void check(const char* op) const;  // throws ValueError
};
Variable conv_transpose2d(const Variable& x, const Variable& weight, const Variable& bias = {},
    const ConvTransposeOptions& options = {});

// ops/pool.cpp: pictures [N, C, H, W] -> [N, C, OH, OW]; a global pool is an adaptive one to 1
Variable max_pool2d(const Variable& x, const PoolOptions& options);
Variable avg_pool2d(const Variable& x, const PoolOptions& options);
Variable adaptive_max_pool2d(const Variable& x, Pair out);
Variable adaptive_avg_pool2d(const Variable& x, Pair out);

// ops/rectifier.cpp: the family whose units can fall silent; see observe.h. Axis 1 is units.
Variable relu(const Variable& x);                             // max(x, 0)
Variable add_relu(const Variable& a, const Variable& b);      // relu(a + b) in one pass
Variable leaky_relu(const Variable& x, double slope = 0.01);  // x > 0 ? x : slope · x
Variable prelu(const Variable& x, const Variable& slope);     // slope [C] or [1], learnt
Variable elu(const Variable& x, double alpha = 1);            // x > 0 ? x : alpha (e^x - 1)
Variable celu(const Variable& x, double alpha = 1);           // x > 0 ? x : alpha (e^(x/alpha) - 1)
Variable selu(const Variable& x);                             // Klambauer et al. 2017
Variable gelu(const Variable& x);                             // x Φ(x), by erf
Variable gelu_tanh(const Variable& x);                        // the same by tanh
Variable silu(const Variable& x);                             // x sigmoid(x)
Variable mish(const Variable& x);                             // x tanh(log(1 + e^x))
Variable hardswish(const Variable& x);                        // x clamp(x + 3, 0, 6) / 6
Variable softplus(const Variable& x);                         // log(1 + e^x)

// ops/batch_norm.cpp: y = weight (x - mean) / sqrt(variance + eps) + bias for each channel of x
// [N, C, …]; weight and bias [C]. The second form is relu of it in one pass, which saves x alone.
struct RunningMoments {
  Tensor mean, variance;  // [C]; the variance is unbiased
  double momentum = 0.1;  // share of the new batch, as PyTorch counts it
};
enum class NormBy : uint8_t { batch, running };  // `batch` also updates the running moments
Variable batch_norm(const Variable& x, const Variable& weight, const Variable& bias,
    RunningMoments& running, NormBy by, double eps = 1e-5);
Variable batch_norm_relu(const Variable& x, const Variable& weight, const Variable& bias,
    RunningMoments& running, NormBy by, double eps = 1e-5);

// ops/layer_norm.cpp: over the last axes of x, those that weight and bias have
Variable layer_norm(
    const Variable& x, const Variable& weight, const Variable& bias, double eps = 1e-5);
// ops/group_norm.cpp: each sample of x [N, C, …] by the moments of its groups of C / groups
// channels with all their positions; weight and bias [C], or none. instance_norm: of each channel
// [N, C, L, …]
Variable group_norm(const Variable& x, int64_t groups, const Variable& weight, const Variable& bias,
    double eps = 1e-5);
Variable group_norm(const Variable& x, int64_t groups, double eps = 1e-5);
Variable instance_norm(
    const Variable& x, const Variable& weight, const Variable& bias, double eps = 1e-5);
Variable instance_norm(const Variable& x, double eps = 1e-5);

// ops/tanh.cpp, sigmoid.cpp, exp.cpp, log.cpp, sqrt.cpp, abs.cpp, sin.cpp, erf.cpp, softsign.cpp
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);
Variable exp(const Variable& x);
Variable expm1(const Variable& x);  // e^x - 1, also near 0
Variable log(const Variable& x);
Variable log1p(const Variable& x);  // log(1 + x), also near 0
Variable sqrt(const Variable& x);
Variable abs(const Variable& x);  // gradient 0 at 0
Variable sin(const Variable& x);
Variable cos(const Variable& x);
Variable erf(const Variable& x);
Variable softsign(const Variable& x);  // x / (1 + |x|)
// ops/rounding.cpp: gradient 0; sign keeps 0 and NaN
Variable floor(const Variable& x);
Variable ceil(const Variable& x);
Variable sign(const Variable& x);
// ops/pow.cpp
Variable pow(const Variable& x, double exponent);
Variable pow(const Variable& x, const Variable& exponent);
Variable square(const Variable& x);
// ops/clamp.cpp: held to [low, high], either of which may be infinite; gradient 1 at the bounds;
// all is high where low is above it
Variable clamp(const Variable& x, double low, double high);
// ops/maximum.cpp: NaN wins; where both are equal each gets half of the gradient
Variable maximum(const Variable& a, const Variable& b);
Variable minimum(const Variable& a, const Variable& b);
// ops/where.cpp: a where the uint8 mask is not 0, else b
Variable where(const Tensor& mask, const Variable& a, const Variable& b);
// ops/cast.cpp: to float32 or float64
Variable cast(const Variable& x, Dtype dtype);

// Reductions over `axes`, none named: all.
// ops/sum.cpp
Variable sum(const Variable& x, Axes axes = {}, bool keepdim = false);
Variable mean(const Variable& x, Axes axes = {}, bool keepdim = false);
// ops/prod.cpp: the gradient is the product of the others, also beside zeros
Variable prod(const Variable& x, Axes axes = {}, bool keepdim = false);
// ops/max.cpp: NaN wins; equals share the gradient
Variable max(const Variable& x, Axes axes = {}, bool keepdim = false);
Variable min(const Variable& x, Axes axes = {}, bool keepdim = false);
// ops/var.cpp: over n - 1, or n if not `unbiased`
Variable var(const Variable& x, Axes axes = {}, bool unbiased = true, bool keepdim = false);
// ops/logsumexp.cpp
Variable logsumexp(const Variable& x, Axes axes = {}, bool keepdim = false);
// ops/softmax.cpp: along one axis
Variable softmax(const Variable& x, int axis);
Variable log_softmax(const Variable& x, int axis);

// ops/concat.cpp, gather.cpp: as the functions of tensor/ops.h
Variable concat(const std::vector<Variable>& parts, int axis);
Variable gather(const Variable& x, int axis, const Tensor& index);
// row `padding_idx`, counted from the end where it is negative, gets no gradient
Variable gather_rows(const Variable& x, const Tensor& index, const char* op = "gather_rows",
    std::optional<int64_t> padding_idx = {});
// ops/indexing.cpp: the same along any axis; and weight [V, D] by int64 words of any shape […] ->
// […, D]
Variable index_select(const Variable& x, int axis, const Tensor& index);
Variable embedding(
    const Variable& weight, const Tensor& words, std::optional<int64_t> padding_idx = {});
// ops/joining.cpp: parts of one shape along a new axis; and parts of these sizes along an old one
Variable stack(const std::vector<Variable>& parts, int axis);
std::vector<Variable> split(const Variable& x, const std::vector<int64_t>& sizes, int axis);
// ops/pad.cpp: `before` and `after` more elements along each axis named, all of them `value`
struct Padding {
  int axis;
  int64_t before, after;
};
Variable pad(const Variable& x, const std::vector<Padding>& paddings, double value = 0);
// the same by x's own elements: mirrored at its outermost (3 2 | 1 2 3), or that one again (1 1 | 1
// 2 3); their gradients are added up where they come from
enum class PadMode : uint8_t { reflect, replicate };
Variable pad(const Variable& x, const std::vector<Padding>& paddings, PadMode mode);
// ops/cumsum.cpp: y[i] = x[0] + … + x[i] along an axis
Variable cumsum(const Variable& x, int axis);

// ops/views.cpp: as the members of Tensor
Variable reshape(const Variable& x, const Shape& shape);
Variable flatten(const Variable& x, int first_axis = 1);
Variable transpose(const Variable& x, int a, int b);
Variable permute(const Variable& x, std::span<const int> order);
inline Variable permute(const Variable& x, std::initializer_list<int> order) {
  return permute(x, std::span<const int>(order.begin(), order.size()));
}
Variable slice(const Variable& x, int axis, int64_t start, int64_t stop, int64_t step = 1);
Variable select(const Variable& x, int axis, int64_t index);
Variable expand(const Variable& x, const Shape& shape);

// ops/dropout.cpp: each element 0 with probability p, drawn from `stream`, else x / (1 - p)
Variable dropout(const Variable& x, double p, Stream& stream, bool training = true);
// for selu networks: each element the lowest value of selu with probability p, then scaled and
// shifted so that mean 0 and variance 1 stay (Klambauer et al. 2017)
Variable alpha_dropout(const Variable& x, double p, Stream& stream, bool training = true);

// Losses. `target` is int64 [N], the mean is taken over N.
// ops/softmax_cross_entropy.cpp: from logits [N, K], fused: gradient (softmax - one-hot) / N
Variable softmax_cross_entropy(const Variable& logits, const Tensor& target);
// ops/clipped_cross_entropy.cpp: from logits [N, K] by probabilities clipped to [1e-7, 1 - 1e-7],
// as Keras up to 2.2.5: the gradient of a sample outside is exactly 0
Variable clipped_cross_entropy(const Variable& logits, const Tensor& target);

// Losses element by element. ops/mse_loss.cpp, pointwise_loss.cpp
enum class Reduction : uint8_t { none, mean, sum };
Variable mse_loss(const Variable& x, const Tensor& target, Reduction reduction = Reduction::mean);
Variable l1_loss(const Variable& x, const Tensor& target, Reduction reduction = Reduction::mean);
// quadratic up to |x - target| = delta, linear beyond
Variable huber_loss(const Variable& x, const Tensor& target, double delta = 1,
    Reduction reduction = Reduction::mean);
Variable smooth_l1_loss(const Variable& x, const Tensor& target, double beta = 1,
    Reduction reduction = Reduction::mean);
// from probabilities; the logarithms end at -100
Variable binary_cross_entropy(
    const Variable& p, const Tensor& target, Reduction reduction = Reduction::mean);
// from logits; `positive_weight`, if defined, weighs the positive class and broadcasts
Variable bce_with_logits(const Variable& x, const Tensor& target,
    const Tensor& positive_weight = {}, Reduction reduction = Reduction::mean);

// Losses of classes, composed. ops/class_loss.cpp
struct ClassLossOptions {
  Tensor weight{};              // [K], of each class; undefined: 1
  int64_t ignore_index = -100;  // samples with this target do not count
  double label_smoothing = 0;   // this share of the target is spread over all classes
  Reduction reduction = Reduction::mean;
};
// logits [N, K, ...], target int64 [N, ...], or the probabilities of the classes in the logits'
// shape and dtype: then the mean is over all but the classes, and no target is ignored
Variable cross_entropy(
    const Variable& logits, const Tensor& target, const ClassLossOptions& options = {});
Variable nll_loss(
    const Variable& log_probabilities, const Tensor& target, const ClassLossOptions& options = {});
// target (log target - x) for log-probabilities x [N, ...]: summed over N, or as the options say
struct KlDivOptions {
  enum class Over : uint8_t { none, elements, batch, sum } over = Over::batch;
  bool log_target = false;  // the target is given as logarithms
};
Variable kl_div(const Variable& x, const Tensor& target, const KlDivOptions& options = {});

}  // namespace lively
