#include "apps/lab/inquiry/go_on.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/run/step.h"
#include "lively/data/loader.h"

namespace lively::lab {
namespace {

void take_state(Optimizer& to, const Optimizer& from) {
  for (std::size_t i = 0; i < from.parameter_count(); ++i) {
    to.set_steps(i, from.steps(i));
    to.set_renewed(i, from.renewed(i));
    const auto old = from.state(i);
    auto fresh = to.state(i);
    for (std::size_t k = 0; k < fresh.size(); ++k) fresh[k].value.copy_from(old[k].value);
  }
}

}  // namespace

Continuation copy_of(Module& model, const Optimizer& optimizer, const Settings& s,
    const DataSplits& data, double lr) {
  Continuation c{build_model(s, task_of(data)), nullptr};
  c.model->load_state_dict(model.state_dict());
  std::vector<ParameterGroup> groups = optimizer.groups_over(c.model->parameters());
  for (ParameterGroup& group : groups) group.lr = lr;
  c.optimizer = optimizer.copy_for(std::move(groups));
  take_state(*c.optimizer, optimizer);
  return c;
}

Continuation copy_as(
    Module& model, const Optimizer& optimizer, const Settings& s, const DataSplits& data) {
  Continuation c{build_model(s, task_of(data)), nullptr};
  // By place: without its dropout a network's layers have other names.
  const StateDict from = model.state_dict();
  StateDict to = c.model->state_dict();
  for (std::size_t i = 0; i < from.size(); ++i) to[i].value.copy_from(from[i].value);
  c.optimizer = build_optimizer(s, *c.model);
  take_state(*c.optimizer, optimizer);
  return c;
}

double go_on(
    Module& model, Optimizer& optimizer, const Settings& s, const DataSplits& data, int64_t steps) {
  const int64_t judged = std::clamp<int64_t>(steps / 3, 1, kJudged);
  const DataLoader loader(data.train, {.batch_size = s.batch_size,
                                          .shuffle = true,
                                          .drop_last = data.train.size() >= s.batch_size,
                                          .seed = Seed{s.seed}});
  TrainStep train_step(model, optimizer, s);
  double sum = 0;
  int64_t step = 0;
  for (int64_t e = s.epochs + 1; step < steps; ++e) {
    for (const Batch& batch : loader.epoch(e)) {
      const double value = train_step(batch).loss;
      if (!std::isfinite(value)) return value;
      if (++step > steps - judged) sum += value;
      if (step == steps) break;
    }
  }
  return sum / static_cast<double>(judged);
}

}  // namespace lively::lab
