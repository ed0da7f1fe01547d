#include <cmath>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/map.h"

namespace lively {
namespace {

// 0 with probability p, else 1 / (1 - p); one 32-bit draw an element, in row-major order.
Tensor drop_mask(const Variable& x, double p, Stream& stream) {
  const auto below = static_cast<uint32_t>(std::ldexp(p, 32));
  Tensor mask = Tensor::empty(x.shape(), x.dtype());
  visit_float("dropout", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T kept = static_cast<T>(1 / (1 - p));
    for (T& m : mask.mutable_values<T>()) m = stream.bits() < below ? T(0) : kept;
  });
  return mask;
}

Tensor product(const Tensor& x, const Tensor& mask) {
  return map("dropout", [](auto v, auto m) { return v * m; }, x, mask);
}

}  // namespace

// dropout: y = x · mask, same shape; the mask is 0 with probability p, else 1 / (1 - p), so
// that the mean stays.  dX = dY · mask. Outside of training, and for p = 0, it is x itself.
Variable dropout(const Variable& x, double p, Stream& stream, bool training) {
  if (!(p >= 0 && p < 1)) fail<ValueError>("dropout: p ", p, ": must be at least 0 and below 1");
  if (!training || p == 0) return x;
  const Tensor mask = drop_mask(x, p, stream);
  return differentiable("dropout", product(x.data(), mask), grad(x, [m = Saved(mask)](const Tensor& dy) {
    return product(dy, m.get());
  }));
}

}  // namespace lively
