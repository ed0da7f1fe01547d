#include "apps/lab/inquiry/revival.h"

#include "apps/lab/inquiry/go_on.h"
#include "lively/nn/initializer.h"
#include "lively/nn/norm.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {
namespace {

constexpr int kSteps = 600;      // of the probe
constexpr double kCured = 0.8;   // loss of the revived copy over that of the plain one
constexpr double kGentle = 0.1;  // of the rate: at that which killed the units it may do so again

struct Fed {
  WeightedLayer* layer;
  BatchNorm* norm;  // that follows it; null: none
};

std::vector<Fed> weighted_layers(Module& model) {
  std::vector<Fed> layers;
  for (auto& [name, module] : model.named_modules()) {
    if (auto* layer = module->as_weighted()) layers.push_back({layer, nullptr});
    if (auto* norm = module->as_norm(); norm && !layers.empty()) layers.back().norm = norm;
  }
  return layers;
}

// Redraws the incoming weights of dead units by he_uniform, with bias 0 and a normalisation as at
// birth, and sets their outgoing weights to 0, so that the network computes what it did (ReDo,
// Sokar et al. 2023). In an MLP the i-th rectifier lies between the i-th weighted layer and the
// next.
void revive(Module& model, const Census& census, Seed seed) {
  const std::vector<Fed> layers = weighted_layers(model);
  const Initializer law = Initializer::parse("he_uniform");
  for (std::size_t i = 0; i < census.layers.size() && i + 1 < layers.size(); ++i) {
    const auto [layer, norm] = layers[i];
    Tensor fresh = Tensor::empty(layer->weight.shape(), layer->weight.dtype());
    Stream stream(seed, "revival", i);
    (void)law.fill(fresh, nullptr, LayerPlace::inner, stream);
    const auto set = [](Variable& parameter, int64_t u, double value) {
      if (parameter.defined()) parameter.mutable_data().select(0, u).fill(value);
    };
    for (int64_t u = 0; u < census.layers[i].units(); ++u) {
      if (!census.layers[i].is_dead(u)) continue;
      layer->weight.mutable_data().select(0, u).copy_from(fresh.select(0, u));
      set(layer->bias, u, 0);
      if (norm) set(norm->weight, u, 1);
      if (norm) set(norm->bias, u, 0);
      layers[i + 1].layer->weight.mutable_data().select(1, u).fill(0);
    }
  }
}

double probe(Module& model, const Settings& s, const DataSplits& data) {
  const auto optimizer = build_optimizer(s, model.parameters());
  return go_on(model, *optimizer, s, data, kSteps);
}

}  // namespace

bool revival_cures(
    const Settings& settings, Module& model, const DataSplits& data, const Examination& end) {
  const auto copy = [&] {
    auto m = build_model(settings, task_of(data));
    m->load_state_dict(model.state_dict());
    return m;
  };
  Settings s = settings;
  for (const double factor : {1.0, kGentle}) {
    s.lr = factor * settings.lr;
    const auto plain = copy(), revived = copy();
    revive(*revived, end.census, Seed{s.seed});
    if (probe(*revived, s, data) < kCured * probe(*plain, s, data)) return true;
  }
  return false;
}

}  // namespace lively::lab
