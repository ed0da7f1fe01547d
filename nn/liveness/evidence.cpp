#include "lively/nn/liveness/evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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
