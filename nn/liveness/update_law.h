#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace lively {

// By what law an optimizer moves a parameter whose gradient is exactly 0: all that the future of a
// dead unit's own weights depends on. Filled by whoever has the optimizer.
struct UpdateLaw {
  enum class Kind : uint8_t { sgd, adam, adamw, adamax, rmsprop, adagrad, adadelta };
  Kind kind = Kind::sgd;
  double lr = 0.01;
  double momentum = 0;   // of sgd
  double dampening = 0;  // of sgd
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999;  // of adam, adamw, adamax
  double fading = 0.99;               // of the mean square: rmsprop's alpha, adadelta's rho
  double eps = 1e-8;
  double weight_decay = 0;                       // of the weights into a unit
  double bias_decay = 0;                         // of its bias
  std::function<double(int64_t step)> factor{};  // on lr, for a step counted from 0; empty: 1

  double rate(int64_t step) const { return factor ? lr * factor(step - 1) : lr; }  // step from 1
};

// One unit's own parameters, weights and then the bias if it has one, with the optimizer's state of
// each: sgd's momentum buffer; the first and second moment of adam, adamw and adamax; adadelta's
// mean squared step; the mean square of rmsprop, adadelta, and adagrad's sum. A row that is not
// kept is empty.
struct UnitRow {
  std::vector<float> values;
  bool has_bias = true;
  std::vector<float> first;   // momentum_buffer, exp_avg, acc_delta
  std::vector<float> second;  // exp_avg_sq, exp_inf, square_avg, sum
};

// One step with a gradient of 0, by PyTorch's formulas in float32: the bits that the optimizer
// makes. `step` counts this parameter's steps from 1. Throws ShapeError if a row has the wrong
// length.
void advance(UnitRow& unit, const UpdateLaw& law, int64_t step);

// What its law makes of a unit that gets no gradient.
enum class Motion : uint8_t {
  still,  // no parameter changes by a bit: what is left of old gradients is less than rounding
          // keeps
  fades,  // weights and bias shrink by the same factor above 0
  moves,  // anything else
};
// `largest_rate`: of all steps to come. Throws as above.
Motion motion_of(const UnitRow& unit, const UpdateLaw& law, double largest_rate);

// p and v, a parameter and its momentum, after some of sgd's steps with gradient 0, for any start:
// p_k = own · p + residue · v. In float64.
class SgdPath {
 public:
  SgdPath(const UpdateLaw& law, double decay) : law_(law), decay_(decay) {}
  void advance(int64_t step);
  double own() const { return p_[0]; }
  double residue() const { return p_[1]; }

 private:
  const UpdateLaw& law_;
  double decay_;
  double p_[2] = {1, 0}, v_[2] = {0, 1};
};

}  // namespace lively
