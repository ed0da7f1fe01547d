#pragma once

#include "apps/lab/recipe/models.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// A copy of the model in training mode, and of an optimizer over it at `lr`, moments and all.
struct Continuation {
  std::unique_ptr<Module> model;
  std::unique_ptr<Optimizer> optimizer;
};
Continuation copy_of(Module& model, const Optimizer& optimizer, const Settings& settings,
    const DataSplits& data, double lr);
// The same, but as `settings` build network and optimizer: they are the run's own but for what
// leaves weights and moments as they are, such as rate, decay, eps or dropout.
Continuation copy_as(
    Module& model, const Optimizer& optimizer, const Settings& settings, const DataSplits& data);

constexpr int64_t kJudged =
    100;  // steps at most over which a loss is averaged, and at most a third of them

// Trains for so many steps as the settings say, on epochs that the run has not seen, but without
// schedule, augmentation, census or log. Gives the mean loss of the last ones; NaN ends it at once.
double go_on(Module& model, Optimizer& optimizer, const Settings& settings, const DataSplits& data,
    int64_t steps);

}  // namespace lively::lab
