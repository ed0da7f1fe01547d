#include "apps/lab/inquiry/certify.h"

#include <algorithm>

#include "apps/lab/run/examine.h"
#include "lively/data/subset.h"
#include "lively/nn/liveness/certificate.h"

namespace lively::lab {
namespace {

constexpr std::size_t kMostCertified =
    16;  // for bounds, whose cost grows with the square of their number

// Of a layer's dead units, those whose largest pre-activation is at or below 0.
int64_t count(const LayerPulse& l, const std::vector<double>& highest) {
  int64_t n = 0;
  for (int64_t u = 0; u < l.units(); ++u)
    n += l.is_dead(u) && highest[static_cast<std::size_t>(u)] <= 0;
  return n;
}

}  // namespace

CertificateReport certify(const std::vector<WeightedLayer*>& layers, const Census& census,
    const Dataset& data, int64_t step) {
  std::vector<ReluLayer> relus;
  std::size_t most = 0;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (census.layers[i].dead()) most = i + 1;
  for (std::size_t i = 0; i < std::min(most, kMostCertified); ++i)
    relus.push_back(
        {layers[i]->weight.data(), layers[i]->bias.defined() ? layers[i]->bias.data() : Tensor()});
  const DataBox box = data_box(data);
  const auto interval = interval_bounds(relus, box.low, box.high),
             linear = linear_bounds(relus, box.low, box.high);
  CertificateReport report{.step = step, .layers = {}};
  for (std::size_t i = 0; i < most; ++i) {
    const LayerPulse& l = census.layers[i];
    report.layers.push_back({l.name, "data", l.dead(), l.dead()});
    if (i == 0 && l.dead()) {
      const std::vector<double> hull = hull_bounds(relus[0], all_inputs(data));
      report.layers.push_back({l.name, "hull", l.dead(), count(l, hull)});
    }
    if (i >= relus.size()) continue;
    report.layers.push_back({l.name, "interval", l.dead(), count(l, interval[i].high)});
    report.layers.push_back({l.name, "linear", l.dead(), count(l, linear[i].high)});
  }
  return report;
}

}  // namespace lively::lab
