#pragma once

#include "apps/lab/run/observer.h"

namespace lively::lab {

// Puts the recipe's plant into the weights at its step, and says what is planted when it is: the
// one instrument that moves a training, on purpose. (What it does to data and rate, Training has.)
class Planter final : public Observer {
 public:
  void after_update(Training& t, const Step&) override {
    t.plant.push(t.model, t.position.steps, t.data);
    tell(t);
  }
  // What was planted in the step made last; before the first, in the data.
  static void tell(Training& t) {
    if (const auto planted = t.plant.report(t.position.steps)) t.out.on(*planted);
  }
};

}  // namespace lively::lab
