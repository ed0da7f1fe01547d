#pragma once

#include <vector>

#include "lively/tensor/tensor.h"

// Functions on whole tensors that know nothing of gradients. Elementwise ones broadcast by
// NumPy's rules, take any one dtype for all operands (no promotion: DtypeError) and give a
// new tensor.

namespace lively {

Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);      // integers: towards zero; by 0: ValueError
Tensor neg(const Tensor& a);                       // not uint8
Tensor maximum(const Tensor& a, const Tensor& b);  // NaN wins
Tensor minimum(const Tensor& a, const Tensor& b);

// Comparisons give uint8, 1 where true. NaN equals nothing.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);
Tensor is_nan(const Tensor& a);
Tensor is_finite(const Tensor& a);

// a where the uint8 mask is not 0, else b.
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);

// Joins along an existing axis; all other sizes and the dtype must agree.
Tensor concat(const std::vector<Tensor>& parts, int axis);

// out[i, …] = x[index[i], …] for an int64 index [K]: rows of axis 0. Throws ValueError for
// an index outside, in the name of `op`. Backward of it: index_add.
Tensor gather_rows(const Tensor& x, const Tensor& index, const char* op = "gather_rows");
// out[index[i], …] += x[i, …], in order of i.
void index_add(Tensor& out, const Tensor& index, const Tensor& x);

// As PyTorch's gather: out[i][j] = x[index[i][j]][j] for axis 0, and so on. `index` is int64
// of x's rank and nowhere larger than x but on `axis`.
Tensor gather(const Tensor& x, int axis, const Tensor& index);
// out[index[i][j]][j] += x[i][j] for axis 0, and so on.
void scatter_add(Tensor& out, int axis, const Tensor& index, const Tensor& x);

// y[i] = x[0] + … + x[i] along an axis (x[i] + … + x[n - 1] if `backward`), floats or int64.
Tensor cumsum(const Tensor& x, int axis, bool backward = false);
// int64 classes of any shape […] -> […, classes] of `dtype`, 1 at the class and 0 elsewhere.
// Throws ValueError for a class outside [0, classes).
Tensor one_hot(const Tensor& index, int64_t classes, Dtype dtype = Dtype::int64);

// Is every element finite? One pass; integers always are.
bool all_finite(const Tensor& x);

}  // namespace lively
