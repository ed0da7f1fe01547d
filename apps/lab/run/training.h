#pragma once

#include <atomic>
#include <limits>

#include "apps/lab/recipe/models.h"
#include "apps/lab/recipe/plant.h"
#include "apps/lab/run/events.h"
#include "lively/autograd/team.h"
#include "lively/data/loader.h"
#include "lively/data/source.h"
#include "lively/nn/module.h"
#include "lively/optim/optimizer.h"
#include "lively/optim/schedule.h"

namespace lively::lab {

// Where a run stands: with the model and the optimizer, all that its next step depends on.
struct Position {
  int64_t epochs = 0;   // completed
  int64_t batch = 0;    // of the epoch under way, the next to come
  int64_t steps = 0;    // made, that of a loss that was not finite included
  double loss_sum = 0;  // of the epoch so far, over samples
  int64_t right = 0, seen = 0;

  template <class Archive>
  void keep(Archive& a) {
    a("epochs", epochs), a("batch", batch), a("steps", steps);
    a("loss_sum", loss_sum), a("right", right), a("seen", seen);
  }
};

// How far a run may go.
struct Budget {
  int64_t steps = std::numeric_limits<int64_t>::max();  // then it ends as after its last epoch
  const std::atomic<bool>* interrupt = nullptr;         // true: it stops after the step under way
  // Who shares it out: all make the same run, each with a share of every batch and every set, and
  // the first of them writes. Null: nobody.
  Team* team = nullptr;
};

// What a run is made of, and where it stands: the recipe, the data as planted, batches, rate,
// model and optimizer. It trains nothing by itself and knows no instrument.
struct Training {
  // `model` and `optimizer` must outlive it. Throws ValueError where parts of the recipe do not go
  // together.
  Training(Module& model, Optimizer& optimizer, const Settings& recipe, const DataSplits& data,
      Sink& out, Team* team = nullptr);

  int64_t planned_steps() const { return loader.batches() * recipe.epochs; }
  // The rate's factor in step `step`, from 1.
  double rate_factor(int64_t step) const { return schedule(step - 1) * plant.lr_factor(step); }
  // Is the step under way, or the last one, among those that the log tells of?
  bool tells_step() const { return position.steps % log_interval == 0; }
  // Where in the order of the epoch the batch under way begins.
  int64_t first_of_batch() const { return position.batch * recipe.batch_size; }

  const Settings recipe;
  const Plant plant;
  const DataSplits data;
  Module& model;
  Optimizer& optimizer;
  const std::vector<Variable> parameters;
  const DataLoader loader;
  const Schedule schedule;
  const int64_t log_interval;  // steps
  Sink& out;
  Team* const team;  // of the Budget
  Position position;
  int64_t epoch = 0;  // the one under way, or the last; 0: none yet
  Tensor order;       // of its samples
};

}  // namespace lively::lab
