#include "lively/nn/liveness/census.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/census_team.h"
#include "lively/nn/liveness/rounding.h"
#include "lively/nn/liveness/scan.h"

namespace lively {
namespace {

// What outputs have in common.
class Outputs {
 public:
  void add(const Tensor& outputs) {
    const Tensor rows = outputs.reshape(Shape{outputs.size(0), -1}).contiguous();
    const int64_t width = rows.size(1);
    visit_float("census", rows.dtype(), [&](auto zero) {
      const auto* p = rows.data<decltype(zero)>();
      for (int64_t i = 0; i < rows.size(0); ++i, p += width) {
        double sum = 0;
        for (int64_t k = 0; k < width; ++k) {
          lowest_ = p[k] >= lowest_ ? lowest_ : static_cast<double>(p[k]);
          zeros_ += p[k] == zero;
          sum += static_cast<double>(p[k]);
        }
        sums_to_one_ = sums_to_one_ && std::abs(sum - 1) < 1e-4;
      }
    });
    n_ += rows.numel();
  }
  template <class Archive>
  void keep(Archive& a) {
    a(n_), a(zeros_), a(lowest_), a(sums_to_one_);
  }
  void add(const Outputs& more) {
    n_ += more.n_;
    zeros_ += more.zeros_;
    lowest_ = more.lowest_ >= lowest_ ? lowest_ : more.lowest_;
    sums_to_one_ = sums_to_one_ && more.sums_to_one_;
  }
  void tell(Census& census) const {
    if (n_ == 0) return;
    census.lowest_output =
        std::isfinite(lowest_) ? lowest_ : std::numeric_limits<double>::quiet_NaN();
    census.zero_outputs = static_cast<double>(zeros_) / static_cast<double>(n_);
    census.probabilities = sums_to_one_ && lowest_ >= 0;
  }

 private:
  int64_t n_ = 0, zeros_ = 0;
  double lowest_ = std::numeric_limits<double>::infinity();
  bool sums_to_one_ = true;
};

// Σ and Σ² of each output, both of its distance to that of the first sample, so that a large mean
// does no harm.
class Spread {
 public:
  void add(const Tensor& outputs) {
    const Tensor rows = outputs.reshape(Shape{outputs.size(0), -1}).contiguous();
    const auto width = static_cast<std::size_t>(rows.shape()[1]);
    visit_float("census", rows.dtype(), [&](auto zero) {
      const auto* p = rows.data<decltype(zero)>();
      if (n_ == 0 && rows.size(0) > 0) origin_.assign(p, p + width);
      sum_.resize(width);
      squares_.resize(width);
      for (int64_t i = 0; i < rows.size(0); ++i, p += width) {
        for (std::size_t k = 0; k < width; ++k) {
          const double d = static_cast<double>(p[k]) - origin_[k];
          sum_[k] += d;
          squares_[k] += d * d;
        }
      }
    });
    n_ += rows.size(0);
  }
  template <class Archive>
  void keep(Archive& a) {
    a(n_), a(origin_), a(sum_), a(squares_);
  }
  void add(const Spread& more) {
    if (more.n_ == 0) return;
    if (n_ == 0) {
      *this = more;
      return;
    }
    const double n = static_cast<double>(more.n_);
    for (std::size_t k = 0; k < sum_.size(); ++k) {
      const double away = more.origin_[k] - origin_[k];
      sum_[k] += more.sum_[k] + n * away;
      squares_[k] += more.squares_[k] + 2 * away * more.sum_[k] + n * away * away;
    }
    n_ += more.n_;
  }
  double largest_deviation() const {
    double largest = 0;
    const double n = static_cast<double>(n_);
    for (std::size_t k = 0; k < sum_.size() && n_ > 0; ++k) {
      const double mean = sum_[k] / n, variance = squares_[k] / n - mean * mean;
      if (!std::isfinite(variance)) return std::numeric_limits<double>::quiet_NaN();
      largest = std::max(largest, variance);
    }
    return std::sqrt(largest);
  }

 private:
  int64_t n_ = 0;
  std::vector<double> origin_, sum_, squares_;
};

// Everybody's shares of the set become the whole, in the order of ranks.
void join(const SetShare& share, Census& census, Spread& spread, Outputs& seen) {
  detail::number_from(census.layers, share.first);
  detail::Packer mine;
  mine(census.samples), spread.keep(mine), seen.keep(mine), detail::pack(mine, census.layers);
  const std::vector<std::string> all = share.team->gather(mine.bytes);
  census.samples = 0;
  census.layers.clear();
  spread = Spread();
  seen = Outputs();
  for (const std::string& text : all) {
    detail::Unpacker from(text);
    int64_t samples = 0;
    Spread its_spread;
    Outputs its_outputs;
    from(samples), its_spread.keep(from), its_outputs.keep(from);
    census.samples += samples;
    spread.add(its_spread);
    seen.add(its_outputs);
    detail::add(census.layers, detail::unpack(from));
  }
}

// Counts, and reads the pre-activations too. A layer has counted a batch before it shows it.
class Taker final : public Pulse {
 public:
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& pre_activations) override {
    LayerPulse& layer = layers_[static_cast<std::size_t>(site.call)];
    const int64_t first = layer.counts.samples - site.activations.size(0);
    detail::scan(layer.values, site, pre_activations, first);
    for (int64_t u = 0; u < site.units; ++u) {
      const auto at = static_cast<std::size_t>(u);
      const int64_t sample = layer.values.argmax_sample[at] - first;
      if (sample < 0 || !layer.is_silent(u)) continue;
      const Tensor& z = pre_activations.tensor();
      int64_t position = 0;
      while (position + 1 < layer.counts.positions &&
             detail::element(z, sample, u, position) != layer.values.max_z[at])
        ++position;
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

Census take_census(Module& model, const NextInputs& next, const SeeOutputs& see, CensusMode mode,
    const SetShare& share) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, mode == CensusMode::training);
  Census census;
  census.mode = mode;
  Taker pulse;
  Spread spread;
  Outputs seen;
  Tensor inputs;
  while (next(inputs)) {
    const Observe scope(pulse);
    const Variable outputs = model(Variable(inputs));
    census.samples += inputs.size(0);
    spread.add(outputs.data());
    seen.add(outputs.data());
    if (see) see(outputs.data());
  }
  census.layers = pulse.layers();
  if (share.team) join(share, census, spread, seen);
  census.output_deviation = spread.largest_deviation();
  seen.tell(census);
  return census;
}

}  // namespace lively
