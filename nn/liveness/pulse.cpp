#include "lively/nn/liveness/pulse.h"

#include <algorithm>

namespace lively {
namespace {

template <class Is>
int64_t count_if(const LayerPulse& layer, Is is) {
  int64_t n = 0;
  for (int64_t u = 0; u < layer.units(); ++u) n += is(u);
  return n;
}

}  // namespace

bool LayerPulse::is_linear(int64_t unit) const {
  return counts.samples > 0 && counts.fired[static_cast<std::size_t>(unit)] == counts.samples;
}
int64_t LayerPulse::dead() const {
  return count_if(*this, [this](int64_t u) { return is_dead(u); });
}
int64_t LayerPulse::pinned() const {
  return count_if(*this, [this](int64_t u) { return is_pinned(u); });
}
int64_t LayerPulse::linear() const {
  return count_if(*this, [this](int64_t u) { return is_linear(u); });
}
int64_t LayerPulse::poisoned() const {
  return count_if(*this, [this](int64_t u) { return is_poisoned(u); });
}

double LayerPulse::rate(int64_t unit) const {
  return counts.samples ? static_cast<double>(counts.fired[static_cast<std::size_t>(unit)]) / static_cast<double>(counts.samples) : 0;
}

double LayerPulse::zero_activations() const {
  int64_t zero = 0, all = 0;
  for (int64_t u = 0; u < units(); ++u) {
    const auto at = static_cast<std::size_t>(u);
    const int64_t finite = (counts.samples - counts.poisoned[at]) * counts.positions;
    zero += finite - counts.active[at];
    all += finite;
  }
  return all ? static_cast<double>(zero) / static_cast<double>(all) : 0;
}

UnitCounts* Pulse::counts(const RectifierSite& site) {
  const auto call = static_cast<std::size_t>(site.call);
  if (call == layers_.size()) {
    const auto same_path = std::count_if(layers_.begin(), layers_.end(), [&](const LayerPulse& l) {
      return l.name == site.path || l.name.starts_with(std::string(site.path) + "#");
    });
    LayerPulse layer;
    layer.name = site.path;
    if (same_path) layer.name += "#" + std::to_string(same_path + 1);
    layer.op = site.op;
    layer.negative_side = site.negative_side;
    const auto units = static_cast<std::size_t>(site.units);
    layer.counts.fired.resize(units);
    layer.counts.poisoned.resize(units);
    layer.counts.active.resize(units);
    layers_.push_back(std::move(layer));
  }
  if (call >= layers_.size() || layers_[call].units() != site.units)
    fail<StateError>("pulse: rectifier call ", site.call, " with ", site.units,
                     " units: the model's forward changed its course");
  return &layers_[call].counts;
}

void Pulse::reset() {
  for (LayerPulse& layer : layers_) {
    UnitCounts& c = layer.counts;
    c.samples = 0;
    for (auto* counts : {&c.fired, &c.poisoned, &c.active}) std::fill(counts->begin(), counts->end(), 0);
  }
}

}  // namespace lively
