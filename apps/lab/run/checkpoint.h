#pragma once

#include <string>

#include "apps/lab/inquiry/inquest.h"
#include "apps/lab/inquiry/oracle.h"
#include "apps/lab/recipe/models.h"
#include "lively/data/safetensors.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/liveness/recorder.h"
#include "lively/nn/liveness/update_watch.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// Where a run stands: with the model and the optimizer, all that its next step depends on.
struct Position {
  int64_t epochs = 0;   // completed
  int64_t batch = 0;    // of the epoch under way, the next to come
  double loss_sum = 0;  // of the epoch so far, over samples
  int64_t right = 0, seen = 0;
};

struct RunState {
  Module& model;
  Optimizer& optimizer;
  Recorder& recorder;
  UpdateWatch& motion;
  LifeHistory& life;
  LifeHistory& batch_life;
  LifeHistory& step_life;
  Inquest& inquest;
  Pulse& pulse;
  Position& position;
  Oracle& oracle;
};

// Writes the weights, under PyTorch's names, with what is needed to build their model again, and
// the checkpoint beside them; each file is there whole or not at all. Throws Error.
void save_run(const Settings& settings, const Task& task, const RunState& state);

// Puts back what save_run wrote. Throws DataError if the file is damaged or of another model.
void load_run(const std::string& checkpoint, RunState state);

}  // namespace lively::lab
