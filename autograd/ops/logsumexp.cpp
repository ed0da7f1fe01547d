#include <limits>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/reduced.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/reduce.h"

namespace lively {

// logsumexp over `axes` (none: all): y = ln Σ e^x.  dX = dY · e^(x - y), and 0 where x is -inf,
// even if all are.
Variable logsumexp(const Variable& x, Axes axes, bool keepdim) {
  check_defined("logsumexp", x);
  const Shape kept = detail::kept_shape("logsumexp", x.shape(), axes);
  Tensor y = logsumexp(x.data(), axes, keepdim);
  return differentiable(
      "logsumexp", y, grad(x, [kept, x = Saved(x.data()), y = Saved(y)](const Tensor& dy) {
        return map(
            "logsumexp'",
            [](auto g, auto v, auto total) {
              using T = decltype(v);
              return v == -std::numeric_limits<T>::infinity() ? T(0) : g * math::exp(v - total);
            },
            dy.reshape(kept), x.get(), y.get().reshape(kept));
      }));
}

}  // namespace lively
