#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lively::lab {

// What monitors of other people look at in a run.

// A weight or bias, or its gradient of the loss on the first batch_size rows of the training set,
// in evaluation mode.
struct TensorSight {
  std::string name{};
  bool kernel = false;                      // of two axes or more
  int64_t entries = 0, zeros = 0;           // zeros: exactly 0
  double norm = 0, mean = 0, mean_abs = 0;  // not finite where an entry is not
};

// A call of a rectifier.
struct LayerSight {
  std::string name, op;  // "1", "relu"
  bool fused = true;     // the activation of a weighted layer, with no norm or sum between
  std::vector<double>
      rates{};         // share of the training set on which each unit fired, evaluation mode
  int64_t silent = 0;  // units that fired on none of it, in training mode
  // On the first batch_size rows:
  double mean_z = 0, mean = 0;  // of pre-activations, and of what is made of them
  double off = 0;               // share of what is made of them that is at or below 0
  double beyond_five = 0;       // share of pre-activations at or beyond -5 or 5
};

// At the end of one part of a run, which stands for an epoch.
struct Look {
  int64_t step = 0;
  double loss = 0, accuracy = 0;            // running means of the part; NaN once it diverged
  double test_loss = 0, test_accuracy = 0;  // in evaluation mode; NaN as well
  std::vector<TensorSight> weights{}, gradients{};  // in the order of the model; of a run that
  std::vector<LayerSight> layers{};                 // diverged none, and no layers
};

struct Sight {
  double lr = 0, dropout = 0;            // as typed
  double input_low = 0, input_high = 0;  // of the training set
  bool input_finite = true;
  bool from_logits = true;    // does the loss take logits?
  std::size_t parts = 0;      // of the whole run
  std::vector<Look> looks{};  // as many, but for one that was stopped
};

}  // namespace lively::lab
