// internal: how far rounding may have moved a pre-activation.
#pragma once

#include <vector>

#include "lively/autograd/observe.h"

namespace lively::detail {

// Remembers how the tensors of a forward pass were made, up to the next rectifier, and bounds the
// rounding error of an element of one: γ_K (Σ |w x| + |b|), γ_K = K u / (1 - K u), u half a unit in
// the last place of 1 (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), K the inputs
// that are summed. A normalisation adds 3 to K and acts on the magnitude as on the value, a sum of
// two adds 1. What is not remembered counts as exact: an activation, an input.
class Rounding {
 public:
  void note(const Derivation& d) { made_.push_back(d); }
  void clear() { made_.clear(); }
  // Of z [N, units, …] at a place of its axes 2 and up, counted row by row; 0 where z is not known.
  double bound(const Tensor& z, int64_t sample, int64_t unit, int64_t position) const;

 private:
  struct Sum {
    double magnitude = 0;
    int64_t terms = 0;
  };
  Sum sum(const Tensor& z, int64_t sample, int64_t unit, int64_t position) const;
  std::vector<Derivation> made_;  // newest last
};

// The element of t [N, units, …] as above.
double element(const Tensor& t, int64_t sample, int64_t unit, int64_t position);

}  // namespace lively::detail
