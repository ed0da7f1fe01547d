#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lively/nn/residual.h"
#include "lively/nn/sequential.h"
#include "lively/tensor/random.h"

namespace lively {

// Batch normalisation of a hidden layer: before its activation, or after it.
enum class Norm : uint8_t { none, batch, batch_after };

// A multi-layer perceptron: inputs, `depth` hidden layers of `width` units, classes.
struct MlpShape {
  int64_t inputs = 784;
  int depth = 5;
  int64_t width = 128;
  int64_t classes = 10;
  std::string activation = "relu";  // see make_activation
  Norm norm = Norm::none;
  std::optional<ResidualForm> residual{};  // of the hidden layers after the first; none: plain
  double dropout = 0;                      // after each activation
};

// Flatten, then `depth` hidden layers of Linear and activation, with what the shape asks for
// between and around them, then Linear: [N, …] -> [N, classes]. Throws ValueError if a size does
// not fit.
std::unique_ptr<Sequential> mlp(const MlpShape& shape, Seed dropout_seed = Seed{0});

}  // namespace lively
