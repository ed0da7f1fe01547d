#pragma once

#include <string>

#include "lively/nn/module.h"

namespace lively {

// A 64-bit FNV-1a hash of all parameters and buffers, in order, as 16 hexadecimal digits:
// equal for equal bits.
std::string weights_hash(const Module& model);

}  // namespace lively
