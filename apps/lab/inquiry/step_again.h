#pragma once

#include <optional>
#include <vector>

#include "apps/lab/recipe/models.h"
#include "lively/data/dataset.h"
#include "lively/optim/optimizer.h"

namespace lively::lab {

// Where a model stood at a census, in copies: what the next step starts from.
struct KeptState {
  int64_t step = 0;     // of the census
  int64_t samples = 0;  // of its set: the first of the training set
  StateDict model;
  std::vector<std::vector<Tensor>> optimizer;  // by parameter
  std::vector<int64_t> steps;                  // by parameter
  std::vector<std::vector<Optimizer::Renewed>> renewed;
  std::vector<uint64_t> draws;  // as in named_draws()
};
KeptState keep_state(Module& model, const Optimizer& optimizer, int64_t step, int64_t samples);

// Copies a state into a model of the same build.
void put_state(Module& model, const StateDict& state);

// The weighted layers of a model, in order, each with the parameters and buffers up to the next
// one.
struct StateLayers {
  std::vector<std::string> names;
  std::vector<std::size_t> of;  // by entry of the state: to which layer it belongs
};
StateLayers layers_of_state(Module& model);

// One step as it was made: its batch, which training samples these were, the learning rate, and the
// gradients that the optimizer was given, clipped if they were.
struct MadeStep {
  Batch batch;
  std::vector<int64_t> samples;
  double lr = 0;
  std::vector<Tensor> gradients;  // by parameter; undefined: none
};

// What a step's update of each parameter was made of, float64, each in the parameter's shape:
// Shapley values over a zero gradient, a zero first moment and no decay, each against what was
// there. For sgd, which adds these up, it is an identity; for the others it sums too, but says
// less. Of `of_run`, the run's optimizer, the kind counts, not the state; one that states no law
// has no first moment that is known. `model`, a copy of its own, is left in the state before the
// step.
struct PartsOfUpdate {
  Tensor gradient, residue, decay;
};
std::vector<PartsOfUpdate> parts_of_update(
    Module& model, const Optimizer& of_run, const KeptState& before, const MadeStep& step);

// What to leave out when a step is made again.
struct Without {
  std::optional<int64_t> sample{};  // a place in the batch
  bool residue = false, decay = false;
};
// Makes the step again in `model`, a copy of its own, and leaves it in the state after it. With
// nothing left out, that is the state of the run to the bit.
void step_again(Module& model, const Settings& settings, const Optimizer& of_run,
    const KeptState& before, const MadeStep& step, const Without& without);

// Puts a model back to a kept state, random draws too, ready to train.
void go_back(Module& model, const KeptState& state);

}  // namespace lively::lab
