// Losses of log-probabilities against classes or distributions, composed: each is the sum of
// log-probabilities times a matrix of constants.
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// How much each log-probability [N, K] weighs, and the divisor of the mean: the weights of the
// targets that count.
struct Weights {
  Tensor matrix;
  double divisor = 0;
};

Weights weights_of(const char* op, const Variable& x, const Tensor& target, const ClassLossOptions& o) {
  if (x.rank() != 2 || target.shape() != Shape{x.shape()[0]} || target.dtype() != Dtype::int64)
    fail<ShapeError>(op, ": ", x.shape(), " with ", name(target.dtype()), " target ", target.shape(),
                     ": needs [N, K] with int64 [N]");
  const int64_t rows = x.shape()[0], classes = x.shape()[1];
  if (o.weight.defined() && o.weight.shape() != Shape{classes})
    fail<ShapeError>(op, ": weight ", o.weight.shape(), " for ", x.shape(), ": needs [K]");
  const auto weight = [&](int64_t k) { return o.weight.defined() ? o.weight.at({k}) : 1.0; };
  Weights w{Tensor::zeros(x.shape(), Dtype::float64)};
  double* m = w.matrix.mutable_data<double>();
  for (int64_t i = 0; i < rows; ++i, m += classes) {
    const auto t = static_cast<int64_t>(target.at({i}));
    if (t == o.ignore_index) continue;
    if (t < 0 || t >= classes) fail<ValueError>(op, ": target ", t, ": needs 0 to ", classes - 1);
    for (int64_t k = 0; k < classes; ++k)
      m[k] = o.label_smoothing / static_cast<double>(classes) * weight(k);
    m[t] += (1 - o.label_smoothing) * weight(t);
    w.divisor += weight(t);
  }
  return w;
}

Variable weighted(const Variable& log_p, const Weights& w, Reduction reduction) {
  const Variable each = log_p * Variable(neg(w.matrix).to(log_p.dtype()));
  if (reduction == Reduction::none) return sum(each, {1});
  return reduction == Reduction::sum ? sum(each) : sum(each) * (1 / w.divisor);
}

}  // namespace

// cross_entropy: logits [N, K], target int64 [N] -> -Σ w log softmax, over the targets' weights.
Variable cross_entropy(const Variable& logits, const Tensor& target, const ClassLossOptions& o) {
  const Weights w = weights_of("cross_entropy", logits, target, o);
  return weighted(log_softmax(logits, 1), w, o.reduction);
}

// nll_loss: the same from log-probabilities.
Variable nll_loss(const Variable& log_probabilities, const Tensor& target, const ClassLossOptions& o) {
  return weighted(log_probabilities, weights_of("nll_loss", log_probabilities, target, o), o.reduction);
}

// kl_div: Σ p (log p - x) over N, for log-probabilities x and a distribution p; 0 log 0 is 0.
Variable kl_div(const Variable& x, const Tensor& target) {
  if (x.shape() != target.shape() || x.rank() < 1)
    fail<ShapeError>("kl_div: ", x.shape(), " and target ", target.shape(), ": must be equal, [N, ...]");
  const double rows = static_cast<double>(x.shape()[0]);
  const Tensor zero = Tensor::zeros(Shape{}, target.dtype());
  const Tensor own = where(gt(target, zero), mul(target, log(Variable(target)).data()), zero);
  return sum(x * Variable(target)) * (-1 / rows) + sum(own).item() / rows;
}

}  // namespace lively
