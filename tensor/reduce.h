#pragma once

#include "lively/tensor/tensor.h"

namespace lively {

// Reductions over `axes` (none named: all of them); with `keepdim` reduced axes stay with
// size 1. Sums are taken in chunks of a fixed size that are merged pairwise, so the result
// does not depend on the thread count. NaN wins in max, min, argmax.
// All throw ShapeError for an axis that does not exist or is named twice. Of no elements the sum is
// 0, the product 1, mean and var are NaN, any is 0 and all 1; max, min, argmax, argmin and
// logsumexp have no result then, and throw ValueError.

// Floats keep their dtype; int64 and uint8 give int64.
Tensor sum(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor prod(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor mean(const Tensor& x, Axes axes = {}, bool keepdim = false);  // floats
Tensor max(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor min(const Tensor& x, Axes axes = {}, bool keepdim = false);
// Sum of squared deviations over n (`unbiased` false) or n - 1. Two passes: mean first.
Tensor var(const Tensor& x, Axes axes = {}, bool unbiased = true, bool keepdim = false);
// log Σ exp, with the maximum taken out first, so that it neither over- nor underflows.
Tensor logsumexp(const Tensor& x, Axes axes = {}, bool keepdim = false);
// uint8: is any, or are all, different from 0? (NaN is.)
Tensor any(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor all(const Tensor& x, Axes axes = {}, bool keepdim = false);
// int64: the place of the largest (smallest) along one axis, the first of equals.
Tensor argmax(const Tensor& x, int axis, bool keepdim = false);
Tensor argmin(const Tensor& x, int axis, bool keepdim = false);

// Sums a gradient back to the shape that was broadcast to its own.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace lively
