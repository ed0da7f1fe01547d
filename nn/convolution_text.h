// internal: what convolutions say of themselves.
#pragma once

#include <initializer_list>
#include <string>

#include "lively/tensor/conv.h"

namespace lively::detail {

struct ConvolutionOption {
  const char* name;
  Pair value;
  int64_t usual;
};

// "Conv2d(3, 16, 5x3, stride 2, no bias)": the options that are not as usual.
std::string convolution_text(const char* kind, int64_t in, int64_t out, Pair kernel,
    std::initializer_list<ConvolutionOption> options, bool has_bias);

}  // namespace lively::detail
