#pragma once

#include <string>
#include <vector>

#include "lively/nn/module.h"
#include "lively/tensor/random.h"

namespace lively {

struct LsuvOptions {
  double variance = 1;      // wanted of each layer's output
  double tolerance = 0.1;   // how far from it is good enough
  int max_iterations = 10;  // for each layer
};

// What lsuv() made of a layer, by the variance of all its outputs on the batch.
struct LsuvLayer {
  std::string name;  // "0", as in named_modules()
  double before;     // with orthogonal weights, after the layers before it had theirs scaled
  double after;
  int iterations;  // divisions of its weight
};

// Layer-sequential unit variance (Mishkin and Matas 2016). Every WeightedLayer starts orthogonal
// with biases 0, as by initialize(). Then, in the order in which the batch reaches them, each has
// its weight divided by the deviation of its output until the variance is within the tolerance. A
// layer whose output has a variance of 0, or none that is finite, is left there, which the report
// shows. One that is used several times goes by its first output; one that the batch does not reach
// stays orthogonal and is not reported.
//
// Runs in evaluation mode: batch norm goes by its running moments, dropout draws nothing, and
// nothing but weights and biases changes. Throws StateError if a layer has forward hooks of its
// own, ValueError for an empty batch or an option out of range, before anything is changed.
std::vector<LsuvLayer> lsuv(
    Module& model, const Tensor& batch, const LsuvOptions& options, Seed seed);

}  // namespace lively
