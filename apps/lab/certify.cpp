#include "apps/lab/certify.h"

#include <algorithm>

#include "lively/nn/liveness/certificate.h"

namespace lively::lab {
namespace {

constexpr std::size_t kMostLayers = 16;  // for bounds, whose cost grows with the square of their number

}  // namespace

CertificateReport certify(const std::vector<WeightedLayer*>& layers, const Census& census, const Dataset& data, int64_t step) {
  std::vector<ReluLayer> relus;
  std::size_t most = 0;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (census.layers[i].dead()) most = i + 1;
  for (std::size_t i = 0; i < std::min(most, kMostLayers); ++i)
    relus.push_back({layers[i]->weight.data(), layers[i]->bias.defined() ? layers[i]->bias.data() : Tensor()});
  const DataBox box = data_box(data);
  const auto interval = interval_bounds(relus, box.low, box.high), linear = linear_bounds(relus, box.low, box.high);
  CertificateReport report{.step = step, .layers = {}};
  for (std::size_t i = 0; i < most; ++i) {
    const LayerPulse& l = census.layers[i];
    const auto covered = [&](const std::vector<Bounds>& bounds) {
      int64_t n = 0;
      for (int64_t u = 0; u < l.units(); ++u) n += l.is_dead(u) && bounds[i].is_certified(static_cast<std::size_t>(u));
      return n;
    };
    report.layers.push_back({l.name, "data", l.dead(), l.dead()});
    if (i == 0) report.layers.push_back({l.name, "hull", l.dead(), l.dead()});
    if (i >= relus.size()) continue;
    report.layers.push_back({l.name, "interval", l.dead(), covered(interval)});
    report.layers.push_back({l.name, "linear", l.dead(), covered(linear)});
  }
  return report;
}

}  // namespace lively::lab
