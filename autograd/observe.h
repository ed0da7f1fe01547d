#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lively/tensor/conv.h"

// How rectifiers report what their units do. Every rectifier op, be it a module's, a shared
// one or the functional form, reports to the listener of the innermost Observe scope of its
// thread. When there is none, the kernel has no branch for it.

namespace lively {

class Variable;

// What the units of one rectifier call did, over all batches counted so far. A unit is a
// place on axis 1 (a feature or a channel), a sample a place on axis 0; a channel fires on a
// sample if it does so at any position. NaN and infinities are poisoned, never silent:
// fired + silent + poisoned = samples, for each unit.
struct UnitCounts {
  int64_t samples = 0;
  int64_t positions = 1;          // per sample and unit; 1 for features
  std::vector<int64_t> fired;     // samples with a pre-activation above 0
  std::vector<int64_t> poisoned;  // samples with one that is not finite
  std::vector<int64_t> active;    // positions above 0; equals fired where positions is 1

  int64_t units() const { return static_cast<int64_t>(fired.size()); }
  int64_t silent(int64_t unit) const {
    const auto u = static_cast<std::size_t>(unit);
    return samples - fired[u] - poisoned[u];
  }
};

// Which slope a rectifier has on its negative side: what tells dead from pinned.
enum class NegativeSide : uint8_t {
  zero,     // relu: silent is dead
  nonzero,  // leaky_relu, prelu, elu, selu, gelu, silu, softplus: silent is pinned
  flat,     // sigmoid, tanh: flat far out on both sides, where a unit is saturated
};

// One call of a rectifier in a forward pass.
struct RectifierSite {
  std::string_view op;    // "relu"
  std::string_view path;  // of the module, "1" or "features.3"; empty outside of modules
  int call = 0;           // the how-manyth rectifier call since the scope was opened
  int64_t units = 0;
  NegativeSide negative_side = NegativeSide::zero;
  // For a listener that wants pre-activations: the result y and, where the negative side is not
  // zero, dy/dz at every z as backward computes it.
  Tensor activations{};
  std::function<Tensor()> slopes{};
};

// How a tensor that may be a pre-activation came about: what the rounding of it is judged by.
struct Derivation {
  enum class Kind : uint8_t {
    linear,  // x · weightᵀ + bias
    conv2d,  // the same over the taps of `conv`
    affine,  // (x - mean) · scale + bias, a number each for every place on axis 1
    sum,     // x ± other
  };
  Kind kind = Kind::linear;
  Tensor result, x;
  Tensor weight{}, bias{}, mean{}, scale{}, other{};  // bias may be undefined
  ConvOptions conv{};
};

// Of each unit and part of a batch, where a part is a run of samples:
struct UnitPeaks {
  int64_t parts = 0;
  int64_t samples = 1;      // of a part; the last may have fewer
  std::vector<double> top;  // the largest pre-activation [parts, units]
  std::vector<double> sum;  // Σ y, of a rectifier whose negative side is zero
};

// The pre-activations of one call, for its listener. An op that is fused with what comes before it
// makes the tensor only when it is asked for.
class PreActivations {
 public:
  explicit PreActivations(Tensor z, const UnitPeaks* peaks = nullptr)
      : z_(std::move(z)), peaks_(peaks) {}
  explicit PreActivations(std::function<Tensor()> make, const UnitPeaks* peaks = nullptr)
      : make_(std::move(make)), peaks_(peaks) {}
  const Tensor& tensor() const {  // [N, units, …]
    if (!z_.defined()) z_ = make_();
    return z_;
  }
  // What the kernel read on its way; null where it did not, or a pre-activation is not finite.
  const UnitPeaks* peaks() const { return peaks_; }

 private:
  mutable Tensor z_;
  std::function<Tensor()> make_;
  const UnitPeaks* peaks_;
};

class RectifierListener {
 public:
  virtual ~RectifierListener() = default;
  // Where to add this call's counts; null: not wanted. Vectors must have `units` places.
  virtual UnitCounts* counts(const RectifierSite& site) = 0;
  // To be given every op's pre-activations after it.
  virtual bool wants_pre_activations() const { return false; }
  virtual void rectified(const RectifierSite&, const PreActivations&) {}
  // To the same: how pre-activations were made, before they are rectified, or when they are asked
  // for.
  virtual void derived(const Derivation&) {}
  // To be given every op's result, to hang a hook on it.
  virtual bool wants_results() const { return false; }
  virtual void activated(const RectifierSite&, Variable& /*y*/) {}
};

// While one of these lives, rectifiers of this thread report to `listener`. Opening a scope
// starts the numbering of calls anew: one scope a forward pass.
class [[nodiscard]] Observe {
 public:
  explicit Observe(RectifierListener& listener);
  ~Observe();
  Observe(const Observe&) = delete;
  Observe& operator=(const Observe&) = delete;

 private:
  RectifierListener* listener_before_;
  int calls_before_;
};

// The name of a module whose forward is under way; scopes nest to "outer.inner".
class [[nodiscard]] ModuleScope {
 public:
  explicit ModuleScope(const std::string& name);
  ~ModuleScope();
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;
};

// "features.3", of the scopes of this thread; empty outside.
std::string module_path();

namespace detail {

struct Observation {
  RectifierListener* listener = nullptr;
  int calls = 0;
};
extern thread_local constinit Observation t_observation;

inline bool wants_derivations() {
  return t_observation.listener && t_observation.listener->wants_pre_activations();
}

// Adds the counts of pre-activations z [N, units, …] in a pass of its own: the plain form,
// for layouts that no kernel counts on the way.
void count_units(UnitCounts& counts, const Tensor& z);

}  // namespace detail
}  // namespace lively
