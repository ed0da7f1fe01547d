#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lively {

// By what law an optimizer moves a parameter whose gradient is exactly 0: with UnitRow, all that
// the future of a dead unit's own weights depends on. The optimizer states it; this layer knows
// none.
struct UpdateLaw {
  struct Rates {
    double lr = 0, weight_decay = 0;
    bool operator==(const Rates&) const = default;
  };
  // v = momentum v + (1 - dampening) g from v = g in the first step; p -= lr v, or with nesterov
  // p -= lr (g + momentum v); the decay is in g.
  struct HeavyBall {
    double momentum = 0, dampening = 0;
    bool nesterov = false;
  };

  std::vector<Rates> rates;  // of each of a unit's own parameters, at least one: weights, then bias
  // Once nothing is left of earlier gradients, a decay multiplies the parameter by
  // 1 - rate · weight_decay and does no more.
  bool decay_shrinks = false;
  std::optional<HeavyBall> heavy_ball{};         // the law, where it is this one
  std::function<double(int64_t step)> factor{};  // on lr, for a step counted from 0; empty: 1

  double factor_at(int64_t step) const { return factor ? factor(step - 1) : 1; }  // step from 1
  double momentum() const { return heavy_ball ? heavy_ball->momentum : 0; }
  bool one_rate() const;  // the same lr for all its parameters
  bool alike() const;     // the same lr and decay
  bool decays() const;
};

// The largest of all its rates after `taken` steps, of which `to_come` follow; 0: for ever, with a
// factor of 1 then.
double largest_rate(const UpdateLaw& law, int64_t taken, int64_t to_come);

class RowReplay;

// One unit's own parameters, weights and then the bias if it has one.
struct UnitRow {
  std::vector<float> values;
  bool has_bias = true;
  // What its optimizer keeps of earlier gradients and goes on with, momentum or first moment, of
  // each; empty: nothing.
  std::vector<float> residue{};
  // How far each can still go in one step by it, at a rate of 1 and without decay; empty: 0. Not
  // finite where a step may not be.
  std::vector<double> reach{};
  // Makes a copy that its optimizer goes on with.
  std::function<std::unique_ptr<RowReplay>()> replay{};
};

// A unit's own parameters as the real optimizer moves them, apart from the network, while their
// gradient is 0.
class RowReplay {
 public:
  virtual ~RowReplay() = default;
  virtual void advance(double factor) = 0;  // one step, with this factor on the rate
  virtual std::span<const float> values() const = 0;
  virtual UnitRow row() const = 0;  // as it is now; it need not have a replay
};

// What its law makes of a unit that gets no gradient.
enum class Motion : uint8_t {
  still,  // no parameter changes by a bit: what is left of old gradients is less than rounding
          // keeps
  fades,  // weights and bias shrink by the same factor above 0
  moves,  // anything else
};
// `largest_rate`: of all steps to come. Throws ShapeError if a row has the wrong length.
Motion motion_of(const UnitRow& unit, const UpdateLaw& law, double largest_rate);

// p and v, a parameter and its momentum, after some steps of a heavy ball with gradient 0, for any
// start: p_k = own · p + residue · v. In float64.
class SgdPath {
 public:
  SgdPath(const UpdateLaw& law, const UpdateLaw::Rates& rates) : law_(law), rates_(rates) {}
  void advance(int64_t step);
  double own() const { return p_[0]; }
  double residue() const { return p_[1]; }

 private:
  const UpdateLaw& law_;
  UpdateLaw::Rates rates_;
  double p_[2] = {1, 0}, v_[2] = {0, 1};
};

}  // namespace lively
