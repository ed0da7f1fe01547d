#include "lively/nn/liveness/evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lively/nn/linear.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/liveness/place.h"

namespace lively {
namespace {

constexpr std::size_t kJudged = 100;  // steps

}  // namespace

std::vector<double> zero_gradients(const Module& model) {
  std::vector<double> shares;
  for (const auto& [name, p] : model.named_parameters()) {
    if (p.rank() < 2 || is_carried(model, name)) continue;
    if (!p.grad().defined()) {
      shares.push_back(std::nan(""));
      continue;
    }
    const Tensor gradient = p.grad().contiguous();
    const auto zero = visit_float("zero_gradients", gradient.dtype(),
        [&](auto none) { return std::ranges::count(gradient.values<decltype(none)>(), none); });
    shares.push_back(static_cast<double>(zero) / static_cast<double>(p.numel()));
  }
  return shares;
}

void LabelCounts::add(const Tensor& labels) {
  if (labels.dtype() != Dtype::int64)
    fail<DtypeError>("labels: ", name(labels.dtype()), ": needs int64");
  const Tensor all = labels.contiguous();
  for (const int64_t y : all.values<int64_t>()) {
    if (y < 0) fail<ValueError>("labels: ", y, ": needs at least 0");
    const auto at = static_cast<std::size_t>(y);
    if (at >= count_.size()) count_.resize(at + 1);
    ++count_[at];
  }
  samples_ += labels.numel();
}

double LabelCounts::entropy() const {
  double sum = 0;
  for (const int64_t n : count_) {
    const double share = static_cast<double>(n) / static_cast<double>(samples_);
    if (n) sum -= share * std::log(share);
  }
  return sum;
}

double LabelCounts::majority_share() const {
  if (samples_ == 0) return 0;
  return static_cast<double>(*std::ranges::max_element(count_)) / static_cast<double>(samples_);
}

std::optional<double> late_loss(std::span<const double> losses) {
  if (losses.empty()) return {};
  const auto late = losses.last(std::min<std::size_t>(kJudged, (losses.size() + 2) / 3));
  return std::accumulate(late.begin(), late.end(), 0.0) / static_cast<double>(late.size());
}

std::optional<double> saturation(const Census& census) {
  std::optional<double> most;
  for (const LayerPulse& l : census.layers)
    if (const auto share = l.saturation(); share && share > most) most = share;
  return most;
}

OutputShape output_shape(const Census& census) {
  return {census.lowest_output, census.zero_outputs};
}

std::string copied_layer(Module& model) {
  std::string found;
  for (const auto& [path, module] : model.named_modules()) {
    const WeightedLayer* layer = module->as_weighted();
    if (!layer) continue;
    if (!found.empty()) return found;  // it is not the last
    if (layer->weight.size(0) < 2) continue;
    const Tensor weight = layer->weight.data().contiguous();
    const bool same = visit_float("copies", weight.dtype(), [&](auto zero) {
      const auto all = weight.values<decltype(zero)>();
      const auto row = static_cast<std::size_t>(weight.numel() / weight.size(0));
      bool some = false;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i] != all[i % row]) return false;
        some = some || all[i] != zero;
      }
      return some;
    });
    if (same) found = path;
  }
  return "";
}

void InputScales::add(const Tensor& inputs) {
  if (!is_floating(inputs.dtype()) || inputs.numel() == 0) return;
  const Tensor rows = inputs.reshape(Shape{inputs.size(0), -1}).contiguous();
  const auto width = static_cast<std::size_t>(rows.size(1));
  visit_float("inputs", rows.dtype(), [&](auto zero) {
    const auto* p = rows.data<decltype(zero)>();
    for (int64_t i = 0; i < rows.size(0); ++i, p += width) {
      double norm = 0;
      for (std::size_t k = 0; k < width; ++k) norm += static_cast<double>(p[k]) * p[k];
      if (!std::isfinite(norm)) continue;
      norms_.push_back(std::sqrt(norm));
      if (first_.empty()) first_.assign(p, p + width);
      sum_.resize(first_.size()), squares_.resize(first_.size());
      for (std::size_t k = 0; k < std::min(width, first_.size()); ++k) {
        const double d = static_cast<double>(p[k]) - first_[k];
        sum_[k] += d, squares_[k] += d * d;
      }
    }
  });
}

std::optional<InputScale> InputScales::scale() const {
  if (norms_.empty()) return {};
  const auto median = [](std::vector<double> v) {
    std::ranges::nth_element(v, v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2));
    return v[v.size() / 2];
  };
  const double n = static_cast<double>(norms_.size());
  std::vector<double> deviations;
  for (std::size_t k = 0; k < sum_.size(); ++k) {
    const double mean = sum_[k] / n, variance = squares_[k] / n - mean * mean;
    if (variance > 0) deviations.push_back(std::sqrt(variance));
  }
  InputScale s;
  const double middle = median(norms_);
  s.rms = middle / std::sqrt(static_cast<double>(sum_.size()));
  if (middle > 0) s.outlier = *std::ranges::max_element(norms_) / middle;
  if (!deviations.empty()) s.columns = *std::ranges::max_element(deviations) / median(deviations);
  return s;
}

void label_evidence(const Tensor& labels, Evidence& e) {
  LabelCounts counts;
  counts.add(labels);
  e.label_entropy = counts.entropy();
  e.majority_share = counts.majority_share();
}

std::vector<LayerEvidence> layer_evidence(Module& model, const Census& census) {
  std::vector<LayerEvidence> layers;
  for (const LayerPulse& l : census.layers)
    layers.push_back({.name = l.name,
        .units = l.units(),
        .dead = l.dead(),
        .bypassed = is_bypassed(model, l.name)});
  return layers;
}

std::vector<LayerEvidence> layer_evidence(Module& model, const LifeHistory& life) {
  std::vector<LayerEvidence> layers;
  for (std::size_t i = 0; i < life.layers().size(); ++i) {
    const LayerLife& l = life.layers()[i];
    layers.push_back({.name = l.name,
        .units = l.units,
        .dead = l.dead,
        .born_dead = l.born_dead,
        .dead_from_birth = life.dead_from_birth(i),
        .bypassed = is_bypassed(model, l.name)});
  }
  return layers;
}

}  // namespace lively
