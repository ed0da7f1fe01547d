#include "apps/lab/inquiry/evidence.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/place.h"

namespace lively::lab {

std::vector<double> zero_gradients(const Module& model) {
  std::vector<double> shares;
  for (const auto& [name, p] : model.named_parameters()) {
    if (p.rank() < 2 || is_carried(model, name)) continue;
    if (!p.grad().defined()) {
      shares.push_back(std::nan(""));
      continue;
    }
    int64_t zero = 0;
    for (const float g : p.grad().values<float>()) zero += g == 0;
    shares.push_back(static_cast<double>(zero) / static_cast<double>(p.numel()));
  }
  return shares;
}

void label_evidence(const ImageDataset& data, Evidence& e) {
  std::vector<int64_t> count(static_cast<std::size_t>(data.classes()));
  for (const int64_t y : data.labels().values<int64_t>()) ++count[static_cast<std::size_t>(y)];
  for (const int64_t n : count) {
    const double share = static_cast<double>(n) / static_cast<double>(data.size());
    e.majority_share = std::max(e.majority_share, share);
    if (n) e.label_entropy -= share * std::log(share);
  }
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
        .born_dead = l.born_dead,
        .dead = l.dead,
        .dead_from_birth = life.dead_from_birth(i),
        .bypassed = is_bypassed(model, l.name)});
  }
  return layers;
}

}  // namespace lively::lab
