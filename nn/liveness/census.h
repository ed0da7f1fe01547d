#pragma once

#include <functional>

#include "lively/autograd/team.h"
#include "lively/nn/liveness/pulse.h"
#include "lively/nn/module.h"

namespace lively {

enum class CensusMode : uint8_t { evaluation, training };

// The next inputs [N, …] of the set; false where there are none.
using NextInputs = std::function<bool(Tensor& inputs)>;
// Sees each batch of outputs, in order: to count what is right, say, in the same pass.
using SeeOutputs = std::function<void(const Tensor& outputs)>;

// What every unit of a model does on a stated set: the truth, where batch counters are an
// estimate taken while the weights move.
struct Census {
  CensusMode mode = CensusMode::evaluation;
  int64_t samples = 0;
  std::vector<LayerPulse> layers;
  // The largest, over outputs, standard deviation of an output over the samples: below 1e-3
  // the outputs hardly depend on the input. NaN if an output is not finite.
  double output_deviation = 0;
  double lowest_output = 0;    // of all; NaN if one is not finite
  double zero_outputs = 0;     // the share that is exactly 0
  bool probabilities = false;  // is each sample's output at least 0, with a sum of 1?

  int64_t units() const;
  int64_t dead() const;
};

// A part of a set that several processes pass over together.
struct SetShare {
  Team* team = nullptr;  // null: the set is not shared out
  int64_t first = 0;     // the number of this one's first sample in the set
};

// Takes the census: a forward pass over the set that records nothing and leaves parameters,
// buffers, mode and random streams as they were. Each member of a team gives the inputs of its own
// share, which may be empty but for one, and all are given the census of the whole set.
Census take_census(Module& model, const NextInputs& next, const SeeOutputs& see = {},
    CensusMode mode = CensusMode::evaluation, const SetShare& share = {});

}  // namespace lively
