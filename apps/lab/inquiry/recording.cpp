#include "apps/lab/inquiry/recording.h"

#include "apps/lab/inquiry/optimizer_view.h"
#include "apps/lab/inquiry/origin.h"
#include "lively/nn/linear.h"
#include "lively/optim/clip.h"

namespace lively::lab {

namespace {

std::vector<double> norms_of(Module& model) {
  std::vector<double> norms;
  for (const auto& [name, module] : model.named_modules()) {
    const WeightedLayer* layer = module->as_weighted();
    if (!layer) continue;
    std::vector<Variable> parameters{layer->weight};
    if (layer->bias.defined()) parameters.push_back(layer->bias);
    norms.push_back(grad_norm(parameters));
  }
  return norms;
}

}  // namespace

Recording::Recording(Training& t, int64_t last_step)
    : recorder_(t.model, view_of(t.optimizer)),
      updates_(t.model, view_of(t.optimizer), last_step) {}

void Recording::before_update(Training& t, const Batch& batch, const Step& step) {
  recorder_.step(step.loss, step.logits.data(), step.logits.grad(), batch.labels);
  weighed_ = t.tells_step() || recorder_.wants_weights();
  if (weighed_) recorder_.before_update(t.optimizer.lr(), step.gradient_norm);
  updates_.before_update(t.position.steps, t.optimizer.lr());
}

void Recording::after_update(Training& t, const Step& step) {
  if (weighed_) recorder_.after_update();
  if (!t.tells_step()) return;
  const double norm = step.gradient_norm ? *step.gradient_norm : grad_norm(t.parameters);
  t.out.on(StepMade{t.epoch, t.position.steps, step.loss, t.optimizer.lr(), norm,
      recorder_.update_ratio(), t.recipe.log.empty() ? std::vector<double>{} : norms_of(t.model)});
}

void Recording::not_finite(Training& t, const Batch& batch, const Step& step) {
  recorder_.step(step.loss, step.logits.data(), step.logits.grad(), batch.labels);
  const int64_t first = t.first_of_batch();
  recorder_.not_finite(find_origin(t.model, t.recipe.loss, batch,
      t.order.slice(0, first, first + batch.size()), t.position.steps));
}

Evidence Recording::evidence(const Training& t) const {
  Evidence e = recorder_.evidence();
  updates_.add_to(e);
  if (!e.learning_rate) e.learning_rate = t.optimizer.lr();  // its first step diverged
  return e;
}

}  // namespace lively::lab
