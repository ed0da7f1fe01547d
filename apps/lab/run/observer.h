#pragma once

#include "apps/lab/run/archive.h"
#include "apps/lab/run/step.h"
#include "apps/lab/run/training.h"
#include "lively/autograd/observe.h"

namespace lively::lab {

// An instrument beside the loop: it looks at a training, and never moves it. Each is told of the
// moments below in the order in which the instruments stand.
class Observer {
 public:
  virtual ~Observer() = default;
  // Before the first step of a run; not where it goes on from a checkpoint.
  virtual void began(Training&) {}
  // Who is to count the rectifiers of the forward passes; null: nobody.
  virtual RectifierListener* listener() { return nullptr; }
  // The gradients are final, the weights those that made them.
  virtual void before_update(Training&, const Batch&, const Step&) {}
  virtual void after_update(Training&, const Step&) {}
  // In place of these two where the loss was not finite.
  virtual void not_finite(Training&, const Batch&, const Step&) {}
  virtual void epoch_ended(Training&) {}
  // What it must take along in a checkpoint, written and read by name.
  virtual void keep(Archive&) {}
};

}  // namespace lively::lab
