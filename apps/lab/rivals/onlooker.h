#pragma once

#include "apps/lab/rivals/sight.h"
#include "apps/lab/run/outcome.h"
#include "apps/lab/run/step.h"
#include "apps/lab/run/training.h"

namespace lively::lab {

// Looks at a run for the rivals, and changes no bit of it: gradients are taken on a copy. Epochs
// are what most of them count in, AutoTrainer in tens of them; a run of fewer than kParts epochs is
// looked at in kParts equal parts instead, so that none of them goes blind because ours are short.
class Onlooker {
 public:
  static constexpr int64_t kParts = 12;

  // What is looked at: all of it, or what AutoTrainer needs.
  enum class Scope : uint8_t { all, gradients };

  // `model` and `optimizer` must outlive it; `budget` is that of the run. Throws ValueError where
  // parts of the recipe do not go together.
  Onlooker(Module& model, Optimizer& optimizer, const Settings& recipe, const DataSplits& data,
      const Budget& budget = {}, Scope scope = Scope::all);
  // After the update, or where there was none because the loss was not finite. With a loss that is
  // not, the run is over, and what was to come is seen as such a run would go on: not finite.
  void after_step(const Batch& batch, const Step& step);
  const Sight& sight() const { return sight_; }

 private:
  void look();
  void look_at_units(Look& l);

  Sinks nobody_;
  const Training t_;  // what the run is made of; it stands still
  const int64_t steps_, parts_;
  const Scope scope_;
  Sight sight_;
  int64_t step_ = 0, seen_ = 0, right_ = 0;
  double loss_sum_ = 0;
};

// A run as `run` of whole_run.h, bit for bit, and what rivals saw of it.
struct Watched {
  Outcome outcome;
  Sight sight;
};
Watched run_watched(
    const Settings& recipe, const DataSplits& data, Sink& out, const Budget& budget = {});

}  // namespace lively::lab
