#pragma once

#include <cstring>

#include "lively/tensor/tensor.h"

namespace lively::testing {

// Are two tensors of one shape, one type, and the same bits in every element?
inline bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = a.contiguous(), y = b.contiguous();
  return x.shape() == y.shape() && x.dtype() == y.dtype() &&
         std::memcmp(
             x.bytes(), y.bytes(), static_cast<std::size_t>(x.numel()) * item_size(x.dtype())) == 0;
}

}  // namespace lively::testing
