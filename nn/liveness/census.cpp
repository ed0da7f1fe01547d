#include "lively/nn/liveness/census.h"

#include <cmath>
#include <limits>

#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/rounding.h"
#include "lively/nn/liveness/scan.h"

namespace lively {
namespace {

// Mean and sum of squared deviations of each output, updated sample by sample (Welford).
class Spread {
 public:
  void add(const Tensor& outputs) {
    const Tensor rows = outputs.reshape(Shape{outputs.size(0), -1}).to(Dtype::float64).contiguous();
    const auto width = static_cast<std::size_t>(rows.shape()[1]);
    mean_.resize(width);
    squares_.resize(width);
    const double* p = rows.data<double>();
    for (int64_t i = 0; i < rows.shape()[0]; ++i) {
      ++n_;
      for (std::size_t k = 0; k < width; ++k, ++p) {
        const double step = *p - mean_[k];
        mean_[k] += step / static_cast<double>(n_);
        squares_[k] += step * (*p - mean_[k]);
      }
    }
  }
  double largest_deviation() const {
    double largest = 0;
    for (const double s : squares_) largest = s <= largest ? largest : s;  // keeps NaN
    for (const double s : squares_)
      if (!std::isfinite(s)) return std::numeric_limits<double>::quiet_NaN();
    return n_ ? std::sqrt(largest / static_cast<double>(n_)) : 0;
  }

 private:
  int64_t n_ = 0;
  std::vector<double> mean_, squares_;
};

// Counts, and reads the pre-activations too. A layer has counted a batch before it shows it.
class Taker final : public Pulse {
 public:
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const Tensor& z) override {
    LayerPulse& layer = layers_[static_cast<std::size_t>(site.call)];
    const int64_t first = layer.counts.samples - z.shape()[0];
    detail::scan(layer.values, site, z, first);
    for (int64_t u = 0; u < site.units; ++u) {
      const auto at = static_cast<std::size_t>(u);
      const int64_t sample = layer.values.argmax_sample[at] - first;
      if (sample < 0 || !layer.is_silent(u)) continue;
      int64_t position = 0;
      while (position + 1 < layer.counts.positions && detail::element(z, sample, u, position) != layer.values.max_z[at]) ++position;
      layer.values.rounding[at] = rounding_.bound(z, sample, u, position);
    }
    rounding_.clear();
  }
  void derived(const Derivation& d) override { rounding_.note(d); }

 private:
  detail::Rounding rounding_;
};

}  // namespace

int64_t Census::units() const {
  int64_t n = 0;
  for (const LayerPulse& l : layers) n += l.units();
  return n;
}

int64_t Census::dead() const {
  int64_t n = 0;
  for (const LayerPulse& l : layers) n += l.dead();
  return n;
}

Census take_census(Module& model, const NextInputs& next, const SeeOutputs& see, CensusMode mode) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, mode == CensusMode::training);
  Census census;
  census.mode = mode;
  Taker pulse;
  Spread spread;
  Tensor inputs;
  while (next(inputs)) {
    const Observe scope(pulse);
    const Variable outputs = model(Variable(inputs));
    census.samples += inputs.size(0);
    spread.add(outputs.data());
    if (see) see(outputs.data());
  }
  census.layers = pulse.layers();
  census.output_deviation = spread.largest_deviation();
  return census;
}

}  // namespace lively
