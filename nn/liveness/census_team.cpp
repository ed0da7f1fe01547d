#include "lively/nn/liveness/census_team.h"

#include <algorithm>

namespace lively::detail {
namespace {

template <class Archive, class Layer>
void each(Archive& a, Layer& l) {
  a(l.name), a(l.op), a(l.negative_side);
  a(l.counts.samples), a(l.counts.positions);
  a(l.counts.fired), a(l.counts.poisoned), a(l.counts.active);
  auto& v = l.values;
  a(v.max_z), a(v.argmax_sample), a(v.last_fired), a(v.sum_abs), a(v.max_slope), a(v.flat);
  a(v.rounding);
}

void add_layer(LayerPulse& to, const LayerPulse& more) {
  if (to.name != more.name || to.units() != more.units())
    fail<StateError>("census: ", to.name, " of one member of the team is ", more.name,
        " of another: all need the same model");
  UnitCounts& c = to.counts;
  UnitValues& v = to.values;
  c.samples += more.counts.samples;
  c.positions = more.counts.positions;
  for (std::size_t u = 0; u < c.fired.size(); ++u) {
    c.fired[u] += more.counts.fired[u];
    c.poisoned[u] += more.counts.poisoned[u];
    c.active[u] += more.counts.active[u];
  }
  if (v.max_z.empty())
    v = more.values;
  else
    for (std::size_t u = 0; u < more.values.max_z.size(); ++u) {
      if (more.values.max_z[u] > v.max_z[u]) {  // of equal ones the first sample's
        v.max_z[u] = more.values.max_z[u];
        v.argmax_sample[u] = more.values.argmax_sample[u];
        v.rounding[u] = more.values.rounding[u];
      }
      v.last_fired[u] = std::max(v.last_fired[u], more.values.last_fired[u]);
      v.sum_abs[u] += more.values.sum_abs[u];
      v.max_slope[u] = std::max(v.max_slope[u], more.values.max_slope[u]);
      v.flat[u] += more.values.flat[u];
    }
}

}  // namespace

void pack(Packer& to, const std::vector<LayerPulse>& layers) {
  to(static_cast<int64_t>(layers.size()));
  for (const LayerPulse& l : layers) each(to, l);
}

std::vector<LayerPulse> unpack(Unpacker& from) {
  int64_t n = 0;
  from(n);
  std::vector<LayerPulse> layers;
  for (int64_t i = 0; i < n; ++i) each(from, layers.emplace_back());
  return layers;
}

void add(std::vector<LayerPulse>& to, std::vector<LayerPulse> more) {
  if (more.empty()) return;  // its part was empty
  if (to.empty()) {
    to = std::move(more);
    return;
  }
  if (to.size() != more.size())
    fail<StateError>("census: ", to.size(), " and ", more.size(),
        " layers: all members of the team need the same model");
  for (std::size_t i = 0; i < to.size(); ++i) add_layer(to[i], more[i]);
}

void number_from(std::vector<LayerPulse>& layers, int64_t first) {
  for (LayerPulse& l : layers)
    for (auto* numbers : {&l.values.argmax_sample, &l.values.last_fired})
      for (int64_t& n : *numbers)
        if (n >= 0) n += first;
}

}  // namespace lively::detail
