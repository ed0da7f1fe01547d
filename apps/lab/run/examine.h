#pragma once

#include "apps/lab/run/outcome.h"
#include "lively/autograd/team.h"
#include "lively/autograd/variable.h"
#include "lively/data/dataset.h"
#include "lively/nn/liveness/prophecy.h"

namespace lively::lab {

// The loss of that name, from logits [N, K] and labels [N].
Variable loss_of(const std::string& name, const Variable& logits, const Tensor& labels);

// How many rows of logits [N, K] have their largest entry at the label.
int64_t correct(const Tensor& logits, const Tensor& labels);

// Sees the logits [N, K] and labels of a batch, whose first sample has this number in the set.
using SeeLogits = std::function<void(const Tensor& logits, const Tensor& labels, int64_t first)>;

// All that follow can be shared out to a team: its members pass over so many batches each, and all
// are given what the whole set comes to.

// Loss and accuracy over a set, in evaluation mode; no census. NaN where logits are not finite.
Examination evaluate(Module& model, const Dataset& data, const std::string& loss,
    const SeeLogits& see = {}, const Passed& passed = {}, Team* team = nullptr);

// In what batches a model passes over a set: the largest whose activations stay near the processor.
int64_t batch_of(Module& model);

// The inputs of a set, which must outlive it, in batches, for who looks at them without a model.
VisitInputs all_inputs(const Dataset& data);

// How large its inputs are.
std::optional<InputScale> input_scale(const Dataset& data);

// The census of a set, in evaluation mode.
Census census_of(
    Module& model, const Dataset& data, const Passed& passed = {}, Team* team = nullptr);

// Loss, accuracy and census over a set.
Examination examine(Module& model, const Dataset& data, const std::string& loss,
    CensusMode mode = CensusMode::evaluation, const Passed& passed = {}, Team* team = nullptr);

// Fills in which units are starved on the set of a census that `examine` took; see nn's.
void find_starved(Module& model, const Dataset& data, const std::string& loss, Census& census,
    const Passed& passed = {}, Team* team = nullptr);

}  // namespace lively::lab
