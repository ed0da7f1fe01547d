#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lively/autograd/observe.h"

namespace lively {

// What a census notes of each unit beside its counts. A sample on which the unit is poisoned has
// no part in any of it. Samples are numbered in the order of the set.
struct UnitValues {
  std::vector<double> max_z;           // the largest pre-activation; -infinity: there was none
  std::vector<int64_t> argmax_sample;  // the first sample that has it; -1: there was none
  std::vector<int64_t> last_fired;     // the last sample that fired the unit; -1: none did
  std::vector<double> sum_abs;         // Σ |activation|, over samples and positions
  std::vector<double> max_slope;       // the largest |dy/dz|, in the dtype of the model
  std::vector<double> flat;            // positions with |dy/dz| below 1e-4 of the steepest
  std::vector<double> rounding;  // of a silent unit: how far rounding may have moved its max_z
};

// The units of one rectifier call, with what they did.
struct LayerPulse {
  std::string name;  // the rectifier's module path, "1"; a second call of it is "1#2"
  std::string op;    // "relu"
  NegativeSide negative_side = NegativeSide::zero;
  UnitCounts counts;
  UnitValues values{};          // of a census; empty in the counts of batches
  std::vector<bool> starved{};  // see starved.h; empty: nobody has looked

  // The counts; values are those of a census, and are not kept.
  template <class Archive>
  void keep(Archive& a) {
    a("name", name), a("op", op), a.one_of("negative_side", negative_side, NegativeSide::flat);
    a("samples", counts.samples), a("positions", counts.positions), a("fired", counts.fired);
    a("poisoned", counts.poisoned), a("active", counts.active);
    a.check("fired",
        counts.poisoned.size() == counts.fired.size() &&
            counts.active.size() == counts.fired.size(),
        "has another number of units than poisoned or active");
  }

  int64_t units() const { return counts.units(); }
  // On the samples counted, in the words of nn/README.md:
  bool is_silent(int64_t unit) const {
    return counts.samples > 0 && counts.silent(unit) == counts.samples;
  }
  bool is_dead(int64_t unit) const {
    return negative_side == NegativeSide::zero && is_silent(unit);
  }
  bool is_pinned(int64_t unit) const {
    return negative_side == NegativeSide::nonzero && is_silent(unit);
  }
  bool is_linear(int64_t unit) const;  // fired on every sample
  bool is_poisoned(int64_t unit) const {
    return counts.poisoned[static_cast<std::size_t>(unit)] > 0;
  }
  // These need values:
  bool is_numerically_pinned(
      int64_t unit) const;  // pinned, but the slope is 0 in the model's dtype
  bool is_borderline(
      int64_t unit) const;  // silent, but rounding alone may have kept max_z from above 0
  bool is_saturated(
      int64_t unit) const;  // sigmoid, tanh: everywhere flatter than 1e-4 of the steepest
  // The mean |activation| of each unit over that of the layer (Sokar et al. 2023), 0 in a layer
  // that is 0 everywhere; NaN for a unit that is poisoned on every sample.
  std::vector<double> dormancy() const;
  int64_t dormant(double tau = kDormant) const;  // units with a score of at most tau
  static constexpr double kDormant = 0.025;

  int64_t dead() const;
  int64_t pinned() const;
  int64_t linear() const;
  int64_t poisoned() const;
  int64_t numerically_pinned() const;
  int64_t borderline() const;
  int64_t saturated() const;
  // Of sigmoid, tanh, elu and selu: the share of positions of all units that are that flat; empty
  // of others, and where nothing was counted.
  std::optional<double> saturation() const;
  // The share of samples on which a unit fired.
  double rate(int64_t unit) const;
  // The share of activations at or below 0: exactly 0 for a relu.
  double zero_activations() const;
};

// Listens to the rectifiers of a model and counts. One scope a forward pass:
//
//   Pulse pulse;
//   { Observe scope(pulse); loss = criterion(model(x)); }
class Pulse : public RectifierListener {
 public:
  UnitCounts* counts(const RectifierSite& site) override;

  const std::vector<LayerPulse>& layers() const { return layers_; }  // in order of the calls
  void reset();  // counts start at 0 again, layers keep their identity

  // For a checkpoint.
  template <class Archive>
  void keep(Archive& a) {
    a("layers", layers_);
  }

 protected:
  std::vector<LayerPulse> layers_;
};

}  // namespace lively
