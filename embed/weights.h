#pragma once

#include <string>

#include "lively/data/safetensors.h"
#include "lively/nn/module.h"

namespace lively {

// Reads a safetensors file, PyTorch's or ours, into a network: every parameter and buffer of its
// state_dict() under that name, with its shape and dtype, and nothing beside them. Throws DataError
// if the file is damaged (read_safetensors), or if it holds other weights: then the message names
// what is missing, what is unexpected, and each shape and dtype that differs (the first eight of
// each), and nothing has been changed. The network's mode stays: net.eval() before you predict.
void load_weights(Module& net, const std::string& path);
// The same of a file that has been read; `name` stands for it in messages.
void load_weights(Module& net, const Safetensors& file, const std::string& name);

// Writes state_dict(), so that load_weights and safetensors.torch.load_file read it. The file is
// written whole or not at all. Throws Error with path and reason.
void save_weights(const Module& net, const std::string& path);

}  // namespace lively
