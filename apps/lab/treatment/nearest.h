#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "apps/lab/treatment/candidates.h"

namespace lively::lab {

// A number of a recipe, between one value that fails and one that heals: where is the border?
// Sought by bisection on a logarithmic scale; of dropout and momentum, on that of what is left
// of 1.
class Border {
 public:
  // nullopt: the two recipes differ in more than one number, or in none of these: the learning
  // rate, the bounds of random_uniform, a constant bias, clipping, weight decay, dropout, momentum,
  // eps, warm-up. Where a value that heals is 0 (off), the scale ends far off.
  static std::optional<Border> between(const Settings& fails, const Settings& heals);

  // Places between the two, evenly apart, those nearest to the value that fails first.
  std::vector<Candidate> next(int how_many) const;
  // How these fared, in the same order. Of those that heal, the nearest to the value that fails
  // becomes one end, and the next nearer one the other.
  void tell(const std::vector<Candidate>& tried, const std::vector<bool>& heal);
  // The nearest of those that were tried and heal; nullptr: none.
  const Candidate* nearest() const { return nearest_ ? &*nearest_ : nullptr; }

 private:
  struct Knob {
    double bad, good;                            // places on the scale
    std::function<void(Settings&, double)> set;  // the value at a place
  };
  static std::optional<Knob> knob(const Settings& fails, const Settings& heals);

  Border(const Settings& fails, Knob knob) : fails_(fails), knob_(std::move(knob)) {}
  double place(int i, int of) const {
    return knob_.bad + (knob_.good - knob_.bad) * (i + 1) / (of + 1);
  }

  Settings fails_;
  Knob knob_;
  std::optional<Candidate> nearest_;
};

}  // namespace lively::lab
