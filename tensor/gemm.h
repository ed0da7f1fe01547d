#pragma once

#include <string>

#include "lively/tensor/tensor.h"

namespace lively {

// Matrix product on BLAS: […, M, K] x […, K, N] -> […, M, N], leading axes broadcast.
// Transposed and sliced operands are passed on by their strides, without copies, where one
// of the last two strides is 1. Throws ShapeError if K differs, DtypeError unless both are
// float32 or both float64.
Tensor gemm(const Tensor& a, const Tensor& b);

// c = a · b + beta · c, where c has the shape that gemm would give and is row-major; beta 0
// overwrites c, NaN too. Throws like gemm, naming `op`.
void gemm_into(
    Tensor& c, const Tensor& a, const Tensor& b, double beta = 0, const char* op = "gemm");

// The same for matrices on plain blocked loops: the fallback where there is no BLAS, and its
// oracle.
void plain_gemm_into(
    Tensor& c, const Tensor& a, const Tensor& b, double beta = 0, const char* op = "gemm");

// What does the products: BLAS with its version and build, or "plain loops". For any thread.
std::string blas_name();

}  // namespace lively
