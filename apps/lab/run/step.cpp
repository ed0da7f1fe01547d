#include "apps/lab/run/step.h"

#include <cmath>

#include "apps/lab/run/examine.h"
#include "lively/nn/parts_for.h"
#include "lively/optim/clip.h"

namespace lively::lab {

TrainStep::TrainStep(Module& model, Optimizer& optimizer, const Settings& recipe, Team* team)
    : model_(model),
      optimizer_(optimizer),
      recipe_(recipe),
      parts_(team,
          recipe.norm_over == "rank" ? BatchParts::NormOver::share : BatchParts::NormOver::batch) {}

Step TrainStep::operator()(
    const Batch& batch, const std::function<void(const Step&)>& before_update) {
  optimizer_.zero_grad();
  if (batch.size() != samples_) count_ = parts_for(model_, samples_ = batch.size());
  const auto [loss, logits] = parts_.backward(samples_, count_, [&](const Part& part) {
    const Variable out = model_(Variable(part.of(batch.inputs)));
    return PartLoss(loss_of(recipe_.loss, out, part.of(batch.labels)), out);
  });
  Step step{.logits = logits, .loss = loss, .gradient_norm = {}};
  if (!std::isfinite(step.loss)) return step;
  if (recipe_.clip_value > 0) {
    step.gradient_norm = grad_norm(model_.parameters());
    clip_grad_value(model_.parameters(), recipe_.clip_value);
  }
  if (recipe_.clip > 0) {
    const double norm = clip_grad_norm(model_.parameters(), recipe_.clip);
    if (!step.gradient_norm) step.gradient_norm = norm;
  }
  if (before_update) before_update(step);
  optimizer_.step();
  return step;
}

}  // namespace lively::lab
