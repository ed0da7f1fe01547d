// Losses of log-probabilities against classes or distributions, composed.
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// What the targets weigh: [N, 1] each.
struct Weights {
  Tensor counts;       // uint8: 0 for the ignored
  Tensor target;       // 0 for the ignored
  Tensor of_target;    // the class's weight times 1 - smoothing
  double divisor = 0;  // of the mean: the weights of the targets that count
};

Weights weights_of(
    const char* op, const Variable& x, const Tensor& target, const ClassLossOptions& o) {
  check_defined(op, x, target);
  if (x.rank() != 2 || target.shape() != Shape{x.shape()[0]} || target.dtype() != Dtype::int64)
    fail<ShapeError>(op, ": ", x.shape(), " with ", name(target.dtype()), " target ",
        target.shape(), ": needs [N, K] with int64 [N]");
  const int64_t rows = x.shape()[0], classes = x.shape()[1];
  if (o.weight.defined() && o.weight.shape() != Shape{classes})
    fail<ShapeError>(op, ": weight ", o.weight.shape(), " for ", x.shape(), ": needs [K]");
  if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
    fail<ValueError>(op, ": label_smoothing ", o.label_smoothing, ": needs 0 to 1");
  const Shape column{rows, 1};
  Weights w{Tensor::zeros(column, Dtype::uint8), Tensor::zeros(column, Dtype::int64),
      Tensor::zeros(column, Dtype::float64)};
  for (int64_t i = 0; i < rows; ++i) {
    const auto t = static_cast<int64_t>(target.at({i}));
    if (t == o.ignore_index) continue;
    if (t < 0 || t >= classes) fail<ValueError>(op, ": target ", t, ": needs 0 to ", classes - 1);
    const double weight = o.weight.defined() ? o.weight.at({t}) : 1.0;
    w.counts.mutable_data<uint8_t>()[i] = 1;
    w.target.mutable_data<int64_t>()[i] = t;
    w.of_target.mutable_data<double>()[i] = weight * (1 - o.label_smoothing);
    w.divisor += weight;
  }
  return w;
}

// Picks before it multiplies: -inf at another class, or anything in a row that is ignored, is not
// seen.
Variable weighted(const Variable& log_p, const Weights& w, const ClassLossOptions& o) {
  const Variable zero(Tensor::scalar(0, log_p.dtype()));
  Variable each = gather(log_p, 1, w.target) * Variable(neg(w.of_target).to(log_p.dtype()));
  if (o.label_smoothing > 0) {
    const Tensor spread = o.weight.defined() ? o.weight.to(log_p.dtype())
                                             : Tensor::ones({log_p.size(1)}, log_p.dtype());
    each = each - sum(log_p * Variable(spread), {1}, true) *
                      (o.label_smoothing / static_cast<double>(log_p.size(1)));
  }
  each = where(w.counts, each, zero);
  if (o.reduction == Reduction::none) return reshape(each, {log_p.size(0)});
  return o.reduction == Reduction::sum ? sum(each) : sum(each) * (1 / w.divisor);
}

}  // namespace

// cross_entropy: logits [N, K], target int64 [N] -> -Σ w log softmax, over the targets' weights.
Variable cross_entropy(const Variable& logits, const Tensor& target, const ClassLossOptions& o) {
  const Weights w = weights_of("cross_entropy", logits, target, o);
  return weighted(log_softmax(logits, 1), w, o);
}

// nll_loss: the same from log-probabilities.
Variable nll_loss(
    const Variable& log_probabilities, const Tensor& target, const ClassLossOptions& o) {
  return weighted(log_probabilities, weights_of("nll_loss", log_probabilities, target, o), o);
}

// kl_div: Σ p (log p - x) over N, for log-probabilities x and a distribution p; 0 log 0 is 0.
Variable kl_div(const Variable& x, const Tensor& target) {
  check_defined("kl_div", x, target);
  if (x.shape() != target.shape() || x.rank() < 1)
    fail<ShapeError>(
        "kl_div: ", x.shape(), " and target ", target.shape(), ": must be equal, [N, ...]");
  const double rows = static_cast<double>(x.shape()[0]);
  const Tensor zero = Tensor::zeros(Shape{}, target.dtype());
  const Tensor own = where(gt(target, zero), mul(target, log(Variable(target)).data()), zero);
  return sum(x * Variable(target)) * (-1 / rows) + sum(own).item() / rows;
}

}  // namespace lively
