#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lively/nn/module.h"

namespace lively {

struct LoadedNetwork {
  std::unique_ptr<Module> net;  // in evaluation mode
  Shape sample;                 // of one input: [F] or [C,H,W]
  int64_t outputs = 0;
};

// Builds the network whose weights a safetensors file holds, and loads them. What the file's names
// and shapes tell is taken from them:
//
// - A Sequential as mlp() and PyTorch number it: "1.weight" [out, in] is a Linear, with or without
//   "1.bias"; what has "2.running_mean" is a BatchNorm1d. Numbers are missing where modules without
//   parameters stood: between two of these, the first is the activation, others are dropouts, which
//   do nothing any more. What stood after the last (a softmax) leaves no trace.
// - The ResNet of resnet(): "conv1.weight", "layer1.0.conv1.weight" …, "fc.weight"; without
//   "bn1.weight" it has no norms.
//
// Weights do not tell the activation (make_activation's names), the size of pictures, nor a
// ResNet's form: a file that mnist_mlp or mnist_resnet saved says them. Of any other the activation
// has to be named, and it cannot be a ResNet. Not built: what mnist_mlp saves with --front or
// --residual. Throws DataError with the file, and what it is that does not fit; ValueError for an
// activation that there is not.
LoadedNetwork load_network(const std::string& path, std::string_view activation = {});

}  // namespace lively
