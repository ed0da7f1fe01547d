#pragma once

#include <array>
#include <deque>
#include <memory>

#include "apps/lab/inquiry/replay.h"
#include "apps/lab/run/archive.h"
#include "lively/data/dataset.h"
#include "lively/nn/liveness/life.h"

namespace lively::lab {

// Finds the cause of each death that the censuses of a run show. It keeps the state at the last
// census; where every step has its census, also the batch, the gradients, and how the largest z of
// each unit went. Works on copies: the run's model is left as it is.
class Inquest {
 public:
  // `train` must outlive it. `each_step`: a census follows every step.
  Inquest(const Settings& settings, const Task& task, const Dataset& train, bool each_step);

  // The step under way: its batch, which are the samples `order` [N] from `first` on; and what
  // moved it. Call before and after the optimizer's step.
  void step_begins(const Batch& batch, const Tensor& order, int64_t first);
  void step_made(double lr, const std::vector<Variable>& parameters);

  // After a census of the first samples of the training set, at `step`, which `life` has recorded:
  // a cause for each of its changes, in their order; those of revivals say nothing. Where the set
  // is another one than at the census before, causes are found on what the two share.
  const std::vector<Cause>& hold(Module& model, const Optimizer& optimizer, const LifeHistory& life,
      const Census& census, int64_t step);
  // Of these deaths, if the settings ask for it.
  const std::vector<Replay>& replays() const { return replays_; }
  const DeathTally& tally() const { return tally_; }

  // What a run at `step` must take along to go on; what can be had from the model and the
  // optimizer, which must be as they were, is not in it.
  void keep(Archive& a, Module& model, const Optimizer& optimizer, int64_t step);

 private:
  void remember(const Peaks& peaks);
  Module& at_last_census();  // a copy of the model in that state
  FallPace pace_of(std::size_t layer, int64_t unit) const;
  void examine(Module& model, const Optimizer& optimizer, const LifeHistory& life, const Peaks& now,
      int64_t step, int64_t samples);

  const Settings& settings_;
  Task task_;
  const Dataset& train_;
  const bool each_step_;
  std::unique_ptr<Module> looker_, stepper_;  // made when first needed
  KeptState kept_;
  MadeStep made_;
  Peaks last_;                              // at the last census
  std::deque<std::vector<double>> maxima_;  // of these, after each of the last steps
  std::vector<Cause> causes_;
  std::vector<Replay> replays_;
  DeathTally tally_;
};

}  // namespace lively::lab
