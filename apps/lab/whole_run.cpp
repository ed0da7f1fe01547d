#include "apps/lab/whole_run.h"

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/step.h"
#include "apps/lab/session.h"

namespace lively::lab {

Outcome run(Module& model, const Settings& recipe, const DataSplits& data, Sink& out,
    const Budget& budget) {
  const auto optimizer = build_optimizer(recipe, model);
  Session session(model, *optimizer, recipe, data, out, budget);
  TrainStep train_step(model, *optimizer, recipe, budget.team);
  session.begin();
  while (session.goes_on()) {
    for (const Batch& batch : session.next_epoch()) {
      session.begin_step(batch);
      const Step step = train_step(batch, session.look());
      if (!session.end_step(step)) break;
    }
    session.end_epoch();
  }
  return session.end();
}

Outcome run(const Settings& recipe, const DataSplits& data, Sink& out, const Budget& budget) {
  const auto model = build_model(recipe, task_of(data));
  return run(*model, recipe, data, out, budget);
}

}  // namespace lively::lab
