#pragma once

#include <functional>
#include <optional>

#include "apps/lab/recipe/settings.h"
#include "lively/autograd/parts.h"
#include "lively/data/dataset.h"
#include "lively/nn/module.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// What a step found on its way. `logits` hold their gradient.
struct Step {
  Variable logits;
  double loss = 0;                      // of the batch, before the update
  std::optional<double> gradient_norm;  // before it was clipped, where the recipe clips
};

// Makes steps of training as the recipe says: forward, loss, backward, clip, update. The one step
// of the project: runs, probes on copies and replays all make it. Where the network allows it and
// gains by it, the threads share out the batch (parts_for).
class TrainStep {
 public:
  // All must outlive it. A team's members make the same steps, each with a share of every batch.
  TrainStep(Module& model, Optimizer& optimizer, const Settings& recipe, Team* team = nullptr);
  // `before_update` looks once the gradients are final. Where the loss is not finite there is no
  // update, and nobody looks.
  Step operator()(const Batch& batch, const std::function<void(const Step&)>& before_update = {});

 private:
  Module& model_;
  Optimizer& optimizer_;
  const Settings& recipe_;
  BatchParts parts_;
  int64_t samples_ = 0, count_ = 0;  // of the last batch, and its parts
};

}  // namespace lively::lab
