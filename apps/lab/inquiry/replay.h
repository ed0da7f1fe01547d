#pragma once

#include <functional>
#include <map>

#include "apps/lab/inquiry/step_again.h"
#include "apps/lab/run/events.h"
#include "lively/nn/liveness/feed.h"

namespace lively::lab {

// Shows cause where a split only accounts: one step, made again and again without this or that.
class Rerun {
 public:
  // `model` is a copy of the run's model to work on; `peaks` gives those of the census set. All
  // outlive it.
  Rerun(Module& model, const Settings& settings, const Optimizer& of_run, const KeptState& before,
      const MadeStep& step, const StateDict& after, std::function<Peaks(Module&)> peaks);

  // Undoes the blamed part of the change of the state (the unit's weights, its bias, its norm, the
  // layer upstream and, if that is not enough, all others), and leaves the blamed part of the
  // update out of the step (the residue, the decay, the outlier). Gives what was removed, and
  // whether the unit then fires.
  std::vector<Replay> of(const Cause& cause, std::size_t site, int64_t unit);

 private:
  bool lives_with(const StateDict& state, std::size_t site, int64_t unit);
  StateDict after_without(const Without& without);
  // The state after the step with the entries for which this holds as before; only `row` of axis 0,
  // if >= 0.
  StateDict undone(const std::function<bool(std::size_t entry)>& wanted, int64_t row = -1) const;

  Module& model_;
  const Settings& settings_;
  const Optimizer& of_run_;
  const KeptState& before_;
  const MadeStep& step_;
  const StateDict& after_;
  std::function<Peaks(Module&)> peaks_;
  StateLayers layers_;
  StateDict made_;  // the state after the step as made again, with nothing left out
  std::map<std::string, Peaks> seen_;  // of what does not depend on the unit, by what was removed
};

}  // namespace lively::lab
