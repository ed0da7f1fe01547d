// Losses that compare each element with its target. All reduce by mean, sum or not at all.
#include <limits>

#include "lively/autograd/elementwise.h"
#include "lively/autograd/ops.h"

namespace lively {
namespace {

void check(const char* op, const Variable& x, const Tensor& target) {
  check_defined(op, x, target);
  if (x.shape() != target.shape())
    fail<ShapeError>(op, ": ", x.shape(), " and target ", target.shape(), ": must be equal");
}

Variable reduced(const Variable& each, Reduction reduction) {
  if (reduction == Reduction::none) return each;
  return reduction == Reduction::sum ? sum(each) : mean(each);
}

}  // namespace

// l1_loss: |x - target|.
Variable l1_loss(const Variable& x, const Tensor& target, Reduction reduction) {
  check("l1_loss", x, target);
  return reduced(abs(x - Variable(target)), reduction);
}

// huber_loss: e²/2 up to |e| = delta, then delta (|e| - delta/2), with e = x - target.
Variable huber_loss(const Variable& x, const Tensor& target, double delta, Reduction reduction) {
  check("huber_loss", x, target);
  if (!(delta > 0)) fail<ValueError>("huber_loss: delta ", delta, ": needs more than 0");
  const auto f = [delta](auto v, auto t) {
    using T = math::scalar<decltype(v)>;
    const auto e = v - t;
    const auto size = math::abs(e);
    return math::select(size <= T(delta), T(0.5) * e * e, T(delta) * (size - T(0.5 * delta)));
  };
  return reduced(elementwise("huber_loss", f, x, Variable(target)), reduction);
}

// smooth_l1_loss: huber_loss with delta = beta, over beta; l1_loss for beta = 0.
Variable smooth_l1_loss(const Variable& x, const Tensor& target, double beta, Reduction reduction) {
  if (!(beta >= 0)) fail<ValueError>("smooth_l1_loss: beta ", beta, ": needs 0 or more");
  check("smooth_l1_loss", x, target);
  if (beta == 0) return l1_loss(x, target, reduction);
  return huber_loss(x, target, beta, reduction) / beta;
}

// binary_cross_entropy: -t log p - (1 - t) log(1 - p) for probabilities p, no logarithm below -100;
// dP = (p - t) / max(p (1 - p), 1e-12), as in PyTorch. NaN outside of [0, 1].
Variable binary_cross_entropy(const Variable& p, const Tensor& target, Reduction reduction) {
  check("binary_cross_entropy", p, target);
  const Tensor value = map(
      "binary_cross_entropy",
      [](auto v, auto t) {
        using T = decltype(v);
        const auto held = [](T x) { return x < T(-100) ? T(-100) : x; };
        return -(t * held(math::log(v)) + (T(1) - t) * held(math::log1p(-v)));
      },
      p.data(), target);
  const auto slope = [p = Saved(p.data()), t = Saved(target)](const Tensor& dy) {
    return map(
        "binary_cross_entropy'",
        [](auto g, auto v, auto at) {
          using T = decltype(v);
          const T spread = v * (T(1) - v);
          if (spread < T(0)) return std::numeric_limits<T>::quiet_NaN();
          return g * (v - at) / (spread < T(1e-12) ? T(1e-12) : spread);
        },
        dy, p.get(), t.get());
  };
  return reduced(differentiable("binary_cross_entropy", value, grad(p, slope)), reduction);
}

// bce_with_logits: cross-entropy of sigmoid(x) and targets in [0, 1], from the logits:
// (1 - t) x + (1 + (w - 1) t) log(1 + e^-x), where w weighs the positive class.
Variable bce_with_logits(
    const Variable& x, const Tensor& target, const Tensor& positive_weight, Reduction reduction) {
  check("bce_with_logits", x, target);
  const Variable w(positive_weight.defined() ? positive_weight : Tensor::scalar(1, x.dtype()));
  const auto f = [](auto z, auto t, auto p) {
    using T = math::scalar<decltype(z)>;
    return (T(1) - t) * z + (T(1) + (p - T(1)) * t) * math::softplus(-z);
  };
  return reduced(elementwise("bce_with_logits", f, x, Variable(target), w), reduction);
}

}  // namespace lively
