// Losses of log-probabilities against classes or distributions, composed.
#include <algorithm>

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

void check_options(const char* op, const Variable& x, const ClassLossOptions& o) {
  if (o.weight.defined() && o.weight.shape() != Shape{x.size(1)})
    fail<ShapeError>(op, ": weight ", o.weight.shape(), " for ", x.shape(), ": needs [K]");
  if (!(o.label_smoothing >= 0 && o.label_smoothing <= 1))
    fail<ValueError>(op, ": label_smoothing ", o.label_smoothing, ": needs 0 to 1");
}

Shape without_classes(Shape shape) {
  shape.erase(1);
  return shape;
}

Weights weights_of(
    const char* op, const Variable& x, const Tensor& target, const ClassLossOptions& o) {
  check_defined(op, x, target);
  if (x.rank() != 2 || target.shape() != Shape{x.shape()[0]} || target.dtype() != Dtype::int64)
    fail<ShapeError>(op, ": ", x.shape(), " with ", name(target.dtype()), " target ",
        target.shape(), ": needs [N, K] with int64 [N]");
  check_options(op, x, o);
  const int64_t rows = x.shape()[0], classes = x.shape()[1];
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

namespace {

// [N, K, …] -> [N · …, K].
Variable classes_last(const Variable& x) {
  if (x.rank() == 2) return x;
  const int64_t classes = x.size(1), places = x.numel() / std::max<int64_t>(1, x.size(0) * classes);
  return reshape(
      transpose(reshape(x, {x.size(0), classes, places}), 1, 2), {x.size(0) * places, classes});
}

// Against a distribution over the classes, t spread by the smoothing: -Σ w t log softmax.
Variable soft(const Variable& logits, const Tensor& target, const ClassLossOptions& o) {
  const Variable log_p = log_softmax(classes_last(logits), 1);
  const double classes = static_cast<double>(logits.size(1));
  Variable t =
      classes_last(Variable(target)) * (1 - o.label_smoothing) + o.label_smoothing / classes;
  if (o.weight.defined()) t = t * Variable(o.weight.to(log_p.dtype()));
  const Variable each = neg(sum(log_p * t, {1}));
  if (o.reduction == Reduction::sum) return sum(each);
  if (o.reduction == Reduction::mean) return mean(each);
  return reshape(each, without_classes(logits.shape()));
}

}  // namespace

// cross_entropy: logits [N, K, …], target int64 [N, …] -> -Σ w log softmax, over the targets'
// weights; or target of the logits' shape, a distribution.
Variable cross_entropy(const Variable& logits, const Tensor& target, const ClassLossOptions& o) {
  check_defined("cross_entropy", logits, target);
  if (target.shape() == logits.shape() && logits.rank() >= 2) {
    if (target.dtype() != logits.dtype())
      fail<DtypeError>("cross_entropy: ", name(logits.dtype()), " logits with probabilities of ",
          name(target.dtype()), ": needs the same; classes are int64 without the axis K");
    check_options("cross_entropy", logits, o);
    return soft(logits, target, o);
  }
  if (logits.rank() > 2 && target.shape() == without_classes(logits.shape())) {
    const Variable flat = cross_entropy(classes_last(logits), target.contiguous().flatten(0), o);
    return o.reduction == Reduction::none ? reshape(flat, target.shape()) : flat;
  }
  const Weights w = weights_of("cross_entropy", logits, target, o);
  return weighted(log_softmax(logits, 1), w, o);
}

// nll_loss: the same from log-probabilities.
Variable nll_loss(
    const Variable& log_probabilities, const Tensor& target, const ClassLossOptions& o) {
  return weighted(log_probabilities, weights_of("nll_loss", log_probabilities, target, o), o);
}

// kl_div: p (log p - x) for log-probabilities x and a distribution p, 0 log 0 is 0 and NaN below 0;
// Σ over N unless the options say otherwise.
Variable kl_div(const Variable& x, const Tensor& target, const KlDivOptions& options) {
  check_defined("kl_div", x, target);
  if (x.shape() != target.shape() || x.rank() < 1)
    fail<ShapeError>(
        "kl_div: ", x.shape(), " and target ", target.shape(), ": must be equal, [N, ...]");
  const Tensor p = options.log_target ? exp(Variable(target)).data() : target;
  const Tensor zero = Tensor::zeros(Shape{}, p.dtype());
  const Tensor own =
      where(eq(p, zero), zero, mul(p, options.log_target ? target : log(Variable(target)).data()));
  using Over = KlDivOptions::Over;
  if (options.over == Over::none) return Variable(own) - x * Variable(p);
  const double over =
      options.over == Over::sum
          ? 1
          : static_cast<double>(options.over == Over::batch ? x.shape()[0] : x.numel());
  return sum(x * Variable(p)) * (-1 / over) + sum(own).item() / over;
}

}  // namespace lively
