#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>

#include "lively/autograd/variable.h"
#include "lively/tensor/tensor.h"

namespace lively::testing {

inline constexpr float kInf = std::numeric_limits<float>::infinity();

// A parameter of one axis, in float64.
inline Variable of(std::initializer_list<double> values) {
  return parameter(Tensor::of<double>(values, Shape{static_cast<int64_t>(values.size())}));
}

}  // namespace lively::testing
