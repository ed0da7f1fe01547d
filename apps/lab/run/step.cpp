#include "apps/lab/run/step.h"

#include <cmath>

#include "apps/lab/run/examine.h"
#include "lively/optim/clip.h"

namespace lively::lab {

Step train_step(Module& model, Optimizer& optimizer, const Settings& recipe, const Batch& batch,
    const std::function<void(const Step&)>& before_update) {
  optimizer.zero_grad();
  Step step{.logits = model(Variable(batch.inputs)), .loss = 0, .gradient_norm = {}};
  step.logits.retain_grad();
  const Variable loss = loss_of(recipe.loss, step.logits, batch.labels);
  loss.backward();
  step.loss = loss.item();
  if (!std::isfinite(step.loss)) return step;
  if (recipe.clip_value > 0) {
    step.gradient_norm = grad_norm(model.parameters());
    clip_grad_value(model.parameters(), recipe.clip_value);
  }
  if (recipe.clip > 0) {
    const double norm = clip_grad_norm(model.parameters(), recipe.clip);
    if (!step.gradient_norm) step.gradient_norm = norm;
  }
  if (before_update) before_update(step);
  optimizer.step();
  return step;
}

}  // namespace lively::lab
