#include "lively/nn/liveness/monitor.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lively {
namespace {

constexpr std::array kKnown{"relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu"};

constexpr int64_t kMostUnits = int64_t{1} << 26;  // more are a mistake, not a layer

// What a place on axis 1 did on one sample.
struct Seen {
  int64_t active = 0;
  bool finite = true;
};

Seen look(const float* p, int64_t positions) {
  Seen seen;
  for (int64_t i = 0; i < positions; ++i) {
    seen.active += p[i] > 0;
    seen.finite = seen.finite && std::isfinite(p[i]);
  }
  return seen;
}

}  // namespace

std::size_t Monitor::add_layer(
    std::string name, std::string_view op, std::optional<bool> bypassed) {
  if (fed_) fail<StateError>("monitor: layer ", name, ": comes after the first rows");
  if (std::ranges::find(kKnown, op) == kKnown.end())
    fail<ValueError>("monitor: layer ", name, ": op ", op,
        ": needs relu, or another that is above 0 exactly where its input is");
  for (const LayerPulse& l : open_)
    if (l.name == name) fail<ValueError>("monitor: layer ", name, ": is there already");
  LayerPulse layer;
  layer.name = std::move(name);
  layer.op = op;
  layer.negative_side = op == "relu" ? NegativeSide::zero : NegativeSide::nonzero;
  bypassed_.reserve(open_.size() + 1);  // both, or none: memory may end
  open_.push_back(std::move(layer));
  bypassed_.push_back(bypassed);
  return open_.size() - 1;
}

void Monitor::feed(
    std::size_t layer, const float* activations, int64_t rows, int64_t units, int64_t positions) {
  if (layer >= open_.size())
    fail<ValueError>("monitor: layer ", layer, ": there are ", open_.size());
  LayerPulse& l = open_[layer];
  if (rows < 0 || units < 1 || positions < 1)
    fail<ValueError>("monitor: layer ", l.name, ": [", rows, ",", units, ",", positions,
        "]: needs one unit and one position at least");
  if (units > kMostUnits)
    fail<ValueError>("monitor: layer ", l.name, ": [", rows, ",", units, ",", positions,
        "]: more than ", kMostUnits, " units");
  if (rows == 0) return;
  if (!activations) fail<ValueError>("monitor: layer ", l.name, ": no activations (null)");
  UnitCounts& c = l.counts;
  if (c.units() == 0) {
    const auto n = static_cast<std::size_t>(units);
    std::vector<int64_t> fired(n), poisoned(n), active(n);  // all three, or none: memory may end
    c.fired = std::move(fired);
    c.poisoned = std::move(poisoned);
    c.active = std::move(active);
    c.positions = positions;
  }
  if (c.units() != units || c.positions != positions)
    fail<StateError>("monitor: layer ", l.name, ": [", rows, ",", units, ",", positions, "]: had ",
        c.units(), " units at ", c.positions, " positions before");
  fed_ = true;
  for (int64_t row = 0; row < rows; ++row) {
    for (std::size_t u = 0; u < c.fired.size(); ++u, activations += positions) {
      const Seen seen = look(activations, positions);
      c.poisoned[u] += !seen.finite;
      if (!seen.finite) continue;
      c.fired[u] += seen.active > 0;
      c.active[u] += seen.active;
    }
  }
  c.samples += rows;
}

void Monitor::census(int64_t step) {
  if (open_.empty()) fail<StateError>("monitor: a census without a layer");
  const int64_t samples = open_.front().counts.samples;
  for (const LayerPulse& l : open_) {
    if (l.counts.samples == 0)
      fail<StateError>("monitor: layer ", l.name, ": got no rows since the last census");
    if (l.counts.samples != samples)
      fail<StateError>("monitor: layer ", l.name, ": got ", l.counts.samples, " rows, ",
          open_.front().name, " ", samples);
  }
  if (step < 0 || (life_.censuses() > 0 && step < life_.state().step))
    fail<ValueError>("monitor: a census of step ", step, ": the last was of step ",
        life_.censuses() > 0 ? life_.state().step : 0);
  Census now;
  now.samples = samples;
  now.layers = open_;
  if (life_.censuses() == 0) saw_birth_ = step == 0;
  life_.record(now, step);
  last_ = std::move(now.layers);
  for (LayerPulse& l : open_) {
    l.counts.samples = 0;
    for (auto* counts : {&l.counts.fired, &l.counts.poisoned, &l.counts.active})
      std::ranges::fill(*counts, 0);
  }
}

Diagnosis Monitor::verdict(Evidence known) const {
  if (life_.censuses() == 0) fail<StateError>("monitor: a verdict before the first census");
  known.losses = losses_;
  std::vector<LayerEvidence> layers;
  for (std::size_t i = 0; i < life_.layers().size(); ++i) {
    const LayerLife& l = life_.layers()[i];
    LayerEvidence e{.name = l.name, .units = l.units, .dead = l.dead, .bypassed = bypassed_[i]};
    if (saw_birth_) {
      e.born_dead = l.born_dead;
      e.dead_from_birth = life_.dead_from_birth(i);
    }
    layers.push_back(std::move(e));
  }
  known.layers = std::move(layers);
  return diagnose(known);
}

}  // namespace lively
