#include <algorithm>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/reduced.h"
#include "lively/tensor/map.h"
#include "lively/tensor/reduce.h"

namespace lively {

// var over `axes` (none: all): Σ (x - mean)² / n, or / (n - 1) if `unbiased`.
// dX = dY · 2 (x - mean) / n, or / (n - 1).
Variable var(const Variable& x, Axes axes, bool unbiased, bool keepdim) {
  check_defined("var", x);
  const Shape kept = detail::kept_shape("var", x.shape(), axes);
  const double count = detail::reduced_count(x.shape(), kept),
               n = unbiased ? std::max(0.0, count - 1) : count;
  const Tensor centred = map(
      "var", [](auto v, auto m) { return v - m; }, x.data(), mean(x.data(), axes, true));
  Tensor y = map(
      "var", [n](auto s) { return s / decltype(s)(n); },
      sum(map(
              "var", [](auto c) { return c * c; }, centred),
          axes, keepdim));
  return differentiable(
      "var", std::move(y), grad(x, [n, kept, c = Saved(centred)](const Tensor& dy) {
        return map(
            "var'", [n](auto g, auto v) { return g * (v * decltype(v)(2 / n)); }, dy.reshape(kept),
            c.get());
      }));
}

}  // namespace lively
