#include "apps/lab/inquiry/go_on.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/run/step.h"
#include "lively/data/loader.h"

namespace lively::lab {

Continuation copy_of(Module& model, const Optimizer& optimizer, const Settings& s,
    const DataSplits& data, double lr) {
  Continuation c{build_model(s, task_of(data)), nullptr};
  c.model->load_state_dict(model.state_dict());
  std::vector<ParameterGroup> groups = optimizer.groups_over(c.model->parameters());
  for (ParameterGroup& group : groups) group.lr = lr;
  c.optimizer = optimizer.copy_for(std::move(groups));
  for (std::size_t i = 0; i < optimizer.parameter_count(); ++i) {
    c.optimizer->set_steps(i, optimizer.steps(i));
    c.optimizer->set_renewed(i, optimizer.renewed(i));
    const auto from = optimizer.state(i);
    auto to = c.optimizer->state(i);
    for (std::size_t k = 0; k < to.size(); ++k) to[k].value.copy_from(from[k].value);
  }
  return c;
}

double go_on(
    Module& model, Optimizer& optimizer, const Settings& s, const DataSplits& data, int64_t steps) {
  const int64_t judged = std::clamp<int64_t>(steps / 3, 1, kJudged);
  const DataLoader loader(data.train, {.batch_size = s.batch_size,
                                          .shuffle = true,
                                          .drop_last = data.train.size() >= s.batch_size,
                                          .seed = Seed{s.seed}});
  double sum = 0;
  int64_t step = 0;
  for (int64_t e = s.epochs + 1; step < steps; ++e) {
    for (const Batch& batch : loader.epoch(e)) {
      const double value = train_step(model, optimizer, s, batch).loss;
      if (!std::isfinite(value)) return value;
      if (++step > steps - judged) sum += value;
      if (step == steps) break;
    }
  }
  return sum / static_cast<double>(judged);
}

}  // namespace lively::lab
