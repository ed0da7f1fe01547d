#pragma once

#include <memory>
#include <string>

#include "lively/nn/sequential.h"
#include "lively/tensor/random.h"

namespace lively {

// A multi-layer perceptron: inputs, `depth` hidden layers of `width` units, classes.
struct MlpShape {
  int64_t inputs = 784;
  int depth = 5;
  int64_t width = 128;
  int64_t classes = 10;
  std::string activation = "relu";  // see make_activation
  double dropout = 0;               // after each activation
};

// Flatten, then Linear and activation `depth` times, then Linear: [N, …] -> [N, classes].
// Throws ValueError if a size does not fit.
std::unique_ptr<Sequential> mlp(const MlpShape& shape, Seed dropout_seed = Seed{0});

}  // namespace lively
