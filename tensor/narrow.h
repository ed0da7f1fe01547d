// internal: products in which one side is long and the others are a few units wide.
#pragma once

#include "lively/tensor/tensor.h"

namespace lively::detail {

// c = a · b, or c += a · b where `add`, for stacks [S, M, K] x [S, K, N] -> [S, M, N] in which a
// narrow matrix meets rows that lie side by side: in b and c (a layer's way forward, and its input
// gradient) or in a and bᵀ (its weight gradient). False: these are other products, and nothing was
// done. Same bits on every x86-64, at any thread count, and whatever stands beside a product.
bool narrow_gemm(Tensor& c, const Tensor& a, const Tensor& b, bool add);

}  // namespace lively::detail
