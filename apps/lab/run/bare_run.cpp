#include "apps/lab/run/bare_run.h"

#include <chrono>
#include <cmath>

#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/checkpoint.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/run/repair.h"
#include "apps/lab/run/step.h"

namespace lively::lab {
namespace {

// The recipe of what goes on: as many epochs more.
Settings prolonged(Settings s, const BareRun& how) {
  if (how.checkpoint.empty()) return s;
  s.resume = how.checkpoint;
  s.epochs += position_of(how.checkpoint).epochs;
  return s;
}

double dead_share(Module& model, const ImageDataset& set) {
  const Census census = census_of(model, set);
  return census.units() ? static_cast<double>(census.dead()) / static_cast<double>(census.units())
                        : 0;
}

}  // namespace

std::optional<Came> bare_run(const Settings& recipe, const DataSplits& data, const BareRun& how,
    const std::atomic<bool>& stop) {
  using Clock = std::chrono::steady_clock;
  const Settings s = prolonged(recipe, how);
  const auto model = build_model(s, task_of(data));
  const auto optimizer = build_optimizer(s, *model);
  Sinks nobody;
  Training t(*model, *optimizer, s, data, nobody);
  if (!how.checkpoint.empty()) load_network(t);
  TrainStep train_step(*model, *optimizer, s);
  const auto began = Clock::now();
  Came came;
  const auto goes_on = [&] { return came.finite && came.steps < how.steps; };
  while (t.position.epochs < s.epochs && goes_on()) {
    repair_before_epoch(t, t.position.epochs);
    t.epoch = t.position.epochs + 1;
    for (const Batch& batch : t.loader.epoch(t.epoch, t.position.batch)) {
      if (stop) return std::nullopt;
      ++t.position.steps, ++came.steps;
      optimizer->set_lr_factor(t.rate_factor(t.position.steps));
      came.finite = std::isfinite(train_step(batch).loss);
      if (!came.finite) break;
      t.plant.push(*model, t.position.steps, t.data);
      ++t.position.batch;
      if (!goes_on()) break;
    }
    t.position = {.epochs = t.epoch, .steps = t.position.steps};
  }
  came.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (came.finite) {
    const double right = evaluate(*model, t.data.test, s.loss).accuracy;
    came.finite = std::isfinite(right);  // the last step may have led out of range
    came.accuracy = came.finite ? right : 0;
  }
  if (came.finite && !how.save.empty()) save_weights(t, how.save);
  if (how.census > 0) came.dead = dead_share(*model, t.data.train.first(how.census));
  return came;
}

}  // namespace lively::lab
