#pragma once

#include "apps/lab/recipe/settings.h"
#include "lively/data/dataset.h"
#include "lively/nn/module.h"

namespace lively::lab {

struct GradientReading {
  double zeros = 0;    // the share of entries, over all parameters, that are exactly 0
  double largest = 0;  // of their sizes
};

// The instrument by which the note's networks were found to have "all gradients 0"
// (`gradient_test` in DL_tools/utils/monitor.py of AUTOTRAINER's history), rebuilt with both of its
// faults, so that what it says can be compared with the truth. It draws all weights anew before it
// measures, as tf.initialize_all_variables() did, so that it never sees the network that was
// trained; and it differentiates the sum of the softmax outputs in place of the loss. That sum is 1
// for every sample whatever the weights are: its true derivative is 0, and what is read is
// rounding. Leaves the model with its new weights.
GradientReading faulty_gradient_test(Module& model, const Settings& recipe, const Batch& batch);

// The same of the gradient that training uses, the loss's, with the weights as they are.
GradientReading read_loss_gradient(Module& model, const Settings& recipe, const Batch& batch);

// The first fault alone: samples [count, classes] of normal logits of that deviation, and the share
// of entries of d(Σ softmax)/d(logits) that are exactly 0.
double softmax_sum_zeros(double deviation, int64_t count, int64_t classes, uint64_t seed);

}  // namespace lively::lab
