#include <cmath>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/parts.h"
#include "lively/tensor/map.h"

namespace lively {
namespace {

void check(const char* op, const Variable& x, double p) {
  check_defined(op, x);
  if (!(p >= 0 && p <= 1)) fail<ValueError>(op, ": p ", p, ": must be from 0 to 1");
}

// In a part of a batch: draws that belong to samples of other parts.
void skip(Stream& stream, int64_t rows, const Tensor& mask) {
  const Stream::State at = stream.state();
  const auto draws = static_cast<uint64_t>(rows * (mask.numel() / mask.size(0)));
  stream.restore({.position = at.position + draws, .spare = at.spare, .has_spare = at.has_spare});
}

// 0 with probability p, else `kept`; one 32-bit draw an element, in row-major order, of a part of a
// batch those that the whole would draw for its samples; none where all are dropped.
Tensor drop_mask(const Variable& x, double p, double kept, Stream& stream) {
  if (p == 1) return Tensor::zeros(x.shape(), x.dtype());
  const auto below = static_cast<uint32_t>(std::ldexp(p, 32));
  Tensor mask = Tensor::empty(x.shape(), x.dtype());
  // Rows of axis 0 for a sample; 0: these are no samples, and all parts drop alike.
  const Part part = part_under_way();
  const int64_t each =
      part.size() > 0 && x.rank() > 0 && x.size(0) % part.size() == 0 ? x.size(0) / part.size() : 0;
  if (each > 0) skip(stream, part.begin * each, mask);
  visit_float("dropout", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (T& m : mask.mutable_values<T>()) m = stream.bits() < below ? T(0) : T(kept);
  });
  if (each > 0) skip(stream, (part.batch - part.end) * each, mask);
  return mask;
}

Tensor product(const Tensor& x, const Tensor& mask) {
  return map(
      "dropout", [](auto v, auto m) { return v * m; }, x, mask);
}

}  // namespace

// dropout: y = x · mask, same shape; the mask is 0 with probability p, else 1 / (1 - p), so
// that the mean stays; for p = 1 all is 0.  dX = dY · mask. Outside of training, and for p = 0, it
// is x itself.
Variable dropout(const Variable& x, double p, Stream& stream, bool training) {
  check("dropout", x, p);
  if (!training || p == 0) return x;
  const Tensor mask = drop_mask(x, p, 1 / (1 - p), stream);
  return differentiable("dropout", product(x.data(), mask),
      grad(x, [m = Saved(mask)](const Tensor& dy) { return product(dy, m.get()); }));
}

// alpha_dropout: y = a x, with probability p a·low instead, then + b, same shape; low = -λα is
// where selu ends, a = ((1 - p)(1 + p low²))^-½ and b = -a p low (Klambauer et al. 2017, section
// "New dropout technique"); for p = 1 all is 0.  dX = dY · mask, the mask is 0 or a. Outside of
// training, and for p = 0, it is x itself.
Variable alpha_dropout(const Variable& x, double p, Stream& stream, bool training) {
  check("alpha_dropout", x, p);
  if (!training || p == 0) return x;
  constexpr double kLow = -1.0507009873554804934 * 1.6732632423543772848;  // λ and α of selu
  // Of all, a would be infinite.
  const double a = p == 1 ? 0 : 1 / std::sqrt((1 - p) * (1 + p * kLow * kLow));
  const double b = -a * p * kLow;
  const Tensor mask = drop_mask(x, p, a, stream);
  // x · mask is added to both, so that a NaN shows even where it is dropped.
  const Tensor y = map(
      "alpha_dropout",
      [low = a * kLow + b, b](auto v, auto m) {
        using T = decltype(v);
        return v * m + (m == T(0) ? T(low) : T(b));
      },
      x.data(), mask);
  return differentiable("alpha_dropout", y,
      grad(x, [m = Saved(mask)](const Tensor& dy) { return product(dy, m.get()); }));
}

}  // namespace lively
