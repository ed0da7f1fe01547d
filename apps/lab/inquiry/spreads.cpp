#include "apps/lab/inquiry/spreads.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/run/examine.h"
#include "lively/nn/keep_mode.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/pulse.h"

namespace lively::lab {
namespace {

constexpr std::size_t kBins = 32, kMostLayers = 64;
constexpr int64_t kMostTimes = 60;            // in a run
constexpr int64_t kSeen = 200;                // training samples, of which the activations are
constexpr std::size_t kMostValues = 200'000;  // of a layer: of larger ones, every so manyth

// In two passes over the numbers: the range, then the counts.
Spread spread_of(const std::string& layer, const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  const auto values = flat.values<float>();
  const std::size_t every = values.size() / kMostValues + 1;
  Spread s{.layer = layer, .counts = std::vector<int64_t>(kBins)};
  double low = INFINITY, high = -INFINITY, sum = 0, squares = 0, count = 0, above = 0;
  for (std::size_t i = 0; i < values.size(); i += every) {
    const double v = values[i];
    if (!std::isfinite(v)) continue;
    low = std::min(low, v), high = std::max(high, v);
    sum += v, squares += v * v, above += v > 0, ++count;
  }
  if (count == 0) return s;
  s.low = low, s.high = high, s.mean = sum / count, s.above_zero = above / count;
  s.deviation = std::sqrt(std::max(0.0, squares / count - s.mean * s.mean));
  const double scale = high > low ? static_cast<double>(kBins) / (high - low) : 0;
  for (std::size_t i = 0; i < values.size(); i += every) {
    const double v = values[i];
    if (std::isfinite(v))
      ++s.counts[std::min(kBins - 1, static_cast<std::size_t>((v - low) * scale))];
  }
  return s;
}

// Every so manyth, the first and the last among them.
std::vector<Spread> some_of(std::vector<Spread> all) {
  if (all.size() <= kMostLayers) return all;
  std::vector<Spread> some;
  for (std::size_t i = 0; i < kMostLayers; ++i)
    some.push_back(std::move(all[i * (all.size() - 1) / (kMostLayers - 1)]));
  return some;
}

// Sees what enters the activations of one forward pass.
class Entering final : public RectifierListener {
 public:
  UnitCounts* counts(const RectifierSite& site) override { return pulse_.counts(site); }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& pre) override {
    const auto call = static_cast<std::size_t>(site.call);
    if (pre.tensor().dtype() == Dtype::float32 && call < pulse_.layers().size())
      seen.push_back(spread_of(pulse_.layers()[call].name, pre.tensor()));
  }
  std::vector<Spread> seen;

 private:
  Pulse pulse_;  // which knows the calls by their names
};

}  // namespace

void SpreadWatch::epoch_ended(Training& t) {
  const int64_t every = t.recipe.epochs / kMostTimes + 1;
  if (t.epoch % every == 0 || t.epoch == t.recipe.epochs) tell(t);
}

void SpreadWatch::tell(Training& t) {
  if (t.recipe.log.empty()) return;
  Spreads weights{
      .epoch = t.epoch, .step = t.position.steps, .of = "weights", .set = {}, .layers = {}};
  for (const auto& [name, module] : t.model.named_modules())
    if (const WeightedLayer* layer = module->as_weighted();
        layer && layer->weight.data().dtype() == Dtype::float32)
      weights.layers.push_back(spread_of(name, layer->weight.data()));
  weights.layers = some_of(std::move(weights.layers));
  t.out.on(weights);

  const NoGrad no_grad;
  const detail::KeepMode keep(t.model, false);
  Entering entering;
  const ImageDataset first = t.data.train.first(kSeen);
  const DataLoader loader(first, {.batch_size = kSeen});
  for (const Batch& batch : loader.epoch(0)) {
    const Observe scope(entering);
    (void)t.model(Variable(batch.inputs));
  }
  if (entering.seen.empty()) return;
  t.out.on(Spreads{.epoch = t.epoch,
      .step = t.position.steps,
      .of = "activations",
      .set = "train[:" + std::to_string(first.size()) + "]",
      .layers = some_of(std::move(entering.seen))});
}

}  // namespace lively::lab
