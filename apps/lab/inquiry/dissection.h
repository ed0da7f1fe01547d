#pragma once

#include <memory>

#include "apps/lab/inquiry/step_again.h"
#include "lively/nn/liveness/feed.h"

namespace lively::lab {

// Two states between which units died, opened up: which part of a unit's fall came from where. If
// one step lies between them, and it is known, also from what, and from which sample of its batch.
class Dissection {
 public:
  // `looker` and `stepper` are copies of the run's model to work on. `step` may be null, and then
  // `stepper` too. All outlive it.
  Dissection(Module& looker, Module* stepper, const Settings& settings, const Optimizer& of_run,
      const KeptState& before, const StateDict& after, const MadeStep* step);

  // Of one unit of a rectifier call: `peak` is where its z was largest before, `sample` that sample
  // [1, ...]. Fills in all but the pace, the fall of the maximum and the size of the step.
  Cause of(std::size_t site, int64_t unit, const Peak& peak, const Tensor& sample);

 private:
  struct Place {
    std::size_t site;
    int64_t unit, position;
    Tensor sample;
  };
  // What the unit's input, by its levers, and a shortcut give to z in the state that the looker is
  // in.
  double carried_in(const Place& at, const FallSplit& split);
  void put(std::size_t layer, const StateDict& from);
  void put_all(const StateDict& from);
  void own_parts(const std::string& layer, int64_t unit, Cause& cause) const;
  void upstream_parts(const Place& at, const std::string& own, Cause& cause);
  void blame_sample(const Place& at, const std::string& own, Cause& cause);

  Module& looker_;
  const Settings& settings_;
  const StateDict &before_, &after_;
  const MadeStep* step_;
  bool adds_up_;     // does an update sum from what each part alone would make?
  StateDict state_;  // of the looker: writing here moves it
  StateLayers layers_;
  std::vector<const PartsOfUpdate*>
      part_of_;  // by entry of the state; null: a buffer, or no gradient
  std::vector<PartsOfUpdate> parts_;
  Feeds feeds_;
  std::unique_ptr<Feeds> batch_;  // after the step's backward pass
};

}  // namespace lively::lab
