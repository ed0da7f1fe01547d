#include "lively/nn/liveness/pulse.h"

#include <algorithm>
#include <limits>

#include "lively/nn/liveness/scan.h"

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
  return negative_side != NegativeSide::flat && counts.samples > 0 &&
         counts.fired[static_cast<std::size_t>(unit)] == counts.samples;
}
bool LayerPulse::is_numerically_pinned(int64_t unit) const {
  return !values.max_slope.empty() && is_pinned(unit) &&
         values.max_slope[static_cast<std::size_t>(unit)] == 0;
}
bool LayerPulse::is_borderline(int64_t unit) const {
  const auto u = static_cast<std::size_t>(unit);
  return !values.rounding.empty() && is_silent(unit) && -values.max_z[u] < values.rounding[u];
}
bool LayerPulse::is_saturated(int64_t unit) const {
  return negative_side == NegativeSide::flat && !values.max_slope.empty() && counts.samples > 0 &&
         !is_poisoned(unit) &&
         values.max_slope[static_cast<std::size_t>(unit)] < detail::flat_slope(op);
}

std::vector<double> LayerPulse::dormancy() const {
  std::vector<double> scores;
  double total = 0;
  int64_t known = 0;
  for (std::size_t u = 0; u < values.sum_abs.size(); ++u) {
    const int64_t n = counts.samples - counts.poisoned[u];
    scores.push_back(n ? values.sum_abs[u] / static_cast<double>(n * counts.positions)
                       : std::numeric_limits<double>::quiet_NaN());
    if (n == 0) continue;
    total += scores.back();
    ++known;
  }
  if (total > 0)
    for (double& s : scores) s *= static_cast<double>(known) / total;
  return scores;
}
int64_t LayerPulse::dormant(double tau) const {
  return std::ranges::count_if(dormancy(), [tau](double s) { return s <= tau; });
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

int64_t LayerPulse::numerically_pinned() const {
  return count_if(*this, [this](int64_t u) { return is_numerically_pinned(u); });
}
int64_t LayerPulse::borderline() const {
  return count_if(*this, [this](int64_t u) { return is_borderline(u); });
}
int64_t LayerPulse::saturated() const {
  return count_if(*this, [this](int64_t u) { return is_saturated(u); });
}

std::optional<double> LayerPulse::saturation() const {
  const bool bends = negative_side == NegativeSide::flat || op == "elu" || op == "selu";
  if (!bends || values.flat.empty()) return {};
  double flat = 0, all = 0;
  for (std::size_t u = 0; u < values.flat.size(); ++u) {
    flat += values.flat[u];
    all += static_cast<double>((counts.samples - counts.poisoned[u]) * counts.positions);
  }
  return all > 0 ? std::optional(flat / all) : std::nullopt;
}

double LayerPulse::rate(int64_t unit) const {
  return counts.samples ? static_cast<double>(counts.fired[static_cast<std::size_t>(unit)]) /
                              static_cast<double>(counts.samples)
                        : 0;
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
    for (auto* counts : {&c.fired, &c.poisoned, &c.active})
      std::fill(counts->begin(), counts->end(), 0);
  }
}

}  // namespace lively
