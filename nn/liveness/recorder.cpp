#include "lively/nn/liveness/recorder.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/ops.h"

namespace lively {
namespace {

constexpr int64_t kFewSamples = 8;  // in a batch: fewer tell no deviation

double squares(const Tensor& t) {
  return visit_float("recorder", t.dtype(), [&](auto zero) {
    double total = 0;
    for (const auto v : t.values<decltype(zero)>()) total += static_cast<double>(v) * v;
    return total;
  });
}

// The largest standard deviation of a column.
double deviation_of(const Tensor& logits) {
  const Tensor all = logits.to(Dtype::float64).contiguous();
  const auto v = all.values<double>();
  const auto rows = static_cast<std::size_t>(all.size(0)), width = v.size() / rows;
  double largest = 0;
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < rows; ++i) mean += v[i * width + k] / static_cast<double>(rows);
    for (std::size_t i = 0; i < rows; ++i)
      squares += (v[i * width + k] - mean) * (v[i * width + k] - mean);
    largest = std::max(largest, squares / static_cast<double>(rows));
  }
  return std::sqrt(largest);
}

// The softmax of a wrong sample gives its label 1/2 at most: however little its gradient says, it
// has far to go.
SampleFates fates_of(const Tensor& logits, const Tensor& gradient, const Tensor& labels) {
  const Tensor scores = logits.contiguous(), slopes = gradient.contiguous(),
               wanted = labels.contiguous();
  const int64_t rows = scores.shape()[0], classes = scores.shape()[1];
  return visit_float("recorder", scores.dtype(), [&](auto zero) {
    SampleFates fates;
    const auto* z = scores.data<decltype(zero)>();
    const auto* g = slopes.data<decltype(zero)>();
    const int64_t* y = wanted.data<int64_t>();
    for (int64_t i = 0; i < rows; ++i, z += classes, g += classes) {
      ++fates.seen;
      if (std::max_element(z, z + classes) - z == y[i]) continue;
      ++fates.wrong;
      fates.frozen += std::all_of(g, g + classes, [](auto v) { return v == 0; });
    }
    return fates;
  });
}

}  // namespace

Recorder::Recorder(Module& model, OptimizerView optimizer)
    : parameters_(model.named_parameters()), optimizer_(std::move(optimizer)) {}

bool Recorder::wants_weights() const { return steps() < 20 || steps() % 20 == 0; }

void Recorder::step(
    double loss, const Tensor& logits, const Tensor& gradient, const Tensor& labels) {
  if (logits.rank() != 2 || labels.shape() != Shape{logits.shape()[0]})
    fail<ShapeError>("recorder: logits ", logits.shape(), " with labels ", labels.shape(),
        ": needs [N, K] with [N]");
  if (labels.dtype() != Dtype::int64)
    fail<DtypeError>("recorder: ", name(labels.dtype()), " labels: needs int64");
  if (steps() == 0 && logits.size(0) >= kFewSamples)
    evidence_.first_deviation = deviation_of(logits);
  SampleFates fates;
  if (gradient.defined()) {
    fates = fates_of(logits, gradient, labels);
    if (!evidence_.fates) evidence_.fates.emplace();
  }
  SampleFates& place = fates_[evidence_.losses.size() % kWindow];
  if (evidence_.fates) {
    evidence_.fates->seen += fates.seen - place.seen;
    evidence_.fates->wrong += fates.wrong - place.wrong;
    evidence_.fates->frozen += fates.frozen - place.frozen;
  }
  place = fates;
  evidence_.losses.push_back(loss);
}

void Recorder::before_update(std::optional<double> rate, std::optional<double> gradient_norm) {
  before_.clear();
  pulls_.clear();
  rate_ = rate, unclipped_ = gradient_norm;
  double norm = 0, slope = 0;
  for (const auto& [name, p] : parameters_) {
    before_.push_back(p.data().clone());
    pulls_.push_back(p.grad().defined() ? squares(p.grad().contiguous()) : 0);
    norm += squares(before_.back());
    slope += pulls_.back();
  }
  slope_ = std::sqrt(slope);
  if (wants_weights()) evidence_.weight_norms.push_back(std::sqrt(norm));
}

// Of what pulls at a weight: under SGD and its kin the gradient of the loss, beside that of the
// penalty; where the decay is a step of its own, the rest of the step.
StepEvidence Recorder::step_of(double moved) const {
  StepEvidence s;
  const double rate = rate_.value_or(0);
  if (unclipped_ && *unclipped_ > 0) s.kept = std::min(1.0, slope_ / *unclipped_);
  if (rate > 0 && slope_ > 0) {
    double n = 0;
    for (const auto& [name, p] : parameters_) n += static_cast<double>(p.numel());
    s.gain = std::sqrt(moved) / (rate * slope_);
    s.size = std::sqrt(moved / n) / rate;
  }
  if (!optimizer_.decay) return s;
  double penalty = 0, pull = 0;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const Variable& p = parameters_[i].value;
    if (p.rank() < 2 || (optimizer_.holds && !optimizer_.holds(p))) continue;
    const auto [strength, own_step] = optimizer_.decay(p);
    penalty += strength * strength * squares(before_[i]);
    if (own_step && rate > 0)
      pull += squares(add(sub(p.data(), before_[i]),
                  mul(before_[i], Tensor::full(Shape{}, rate * strength, p.data().dtype())))) /
              (rate * rate);
    else
      pull += pulls_[i];
  }
  if (penalty + pull > 0) s.decay = std::sqrt(penalty) / (std::sqrt(penalty) + std::sqrt(pull));
  return s;
}

void Recorder::after_update() {
  std::vector<double> ratios;
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const Variable& p = parameters_[i].value;
    const double update = squares(sub(p.data(), before_[i])), weight = squares(before_[i]);
    moved += update;
    size += weight;
    if (p.rank() >= 2 && weight > 0) ratios.push_back(std::sqrt(update / weight));
  }
  if (wants_weights()) {  // a verdict does not hang on what is logged
    if (steps() == 1) evidence_.first_ratios = ratios;
    evidence_.update_ratios = std::move(ratios);
    evidence_.last_step = step_of(moved);
  }
  update_ratio_ = size > 0 ? std::sqrt(moved / size) : 0;
}

}  // namespace lively
