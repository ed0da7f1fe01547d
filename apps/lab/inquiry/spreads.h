#pragma once

#include "apps/lab/run/observer.h"

namespace lively::lab {

// Tells, for a log, how the weights of each layer are spread and what enters its activations: as
// drawn and after epochs, 60 times at most, of 64 layers at most. Without a log it does nothing.
class SpreadWatch final : public Observer {
 public:
  void began(Training& t) override { tell(t); }
  void epoch_ended(Training& t) override;

 private:
  static void tell(Training& t);
};

}  // namespace lively::lab
