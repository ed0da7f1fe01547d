#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/class_target.h"
#include "lively/tensor/isa.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {
namespace {

constexpr double kClip = 1e-7;  // Keras's epsilon

// Gives the mean loss and turns `p` (a copy of the logits) into its gradient: rows of
// (softmax - one-hot) / N, and of 0 where the target's probability lies outside the clip.
template <class T>
double clipped(T* p, const int64_t* target, int64_t rows, int64_t classes) {
  for (int64_t i = 0; i < rows; ++i) {
    T* row = p + i * classes;
    T top = row[0];
    for (int64_t k = 1; k < classes; ++k) top = top >= row[k] || top != top ? top : row[k];
    for (int64_t k = 0; k < classes; ++k) row[k] -= top;
  }
  detail::vectorised<T>([=] {
    for (int64_t i = 0; i < rows * classes; ++i) p[i] = math::exp(p[i]);
  });
  const T low = static_cast<T>(kClip), high = static_cast<T>(1 - kClip);
  const T share = T(1) / static_cast<T>(rows);
  double loss = 0;
  for (int64_t i = 0; i < rows; ++i) {
    T* row = p + i * classes;
    T total = 0;
    for (int64_t k = 0; k < classes; ++k) total += row[k];
    const T chosen = row[target[i]] / total;
    const bool frozen = chosen < low || chosen > high;  // NaN is neither, and stays
    loss -= math::log(chosen < low ? low : chosen > high ? high : chosen);
    for (int64_t k = 0; k < classes; ++k) row[k] = frozen ? T(0) : row[k] / total * share;
    if (!frozen) row[target[i]] -= share;
  }
  return loss / static_cast<double>(rows);
}

}  // namespace

// clipped_cross_entropy: logits [N, K], target int64 [N] -> mean of -log clip(softmax(z)_target),
// [], clipped to [1e-7, 1 - 1e-7] as Keras did up to 2.2.5.  dZ = dY · (softmax - one-hot) / N,
// but exactly 0 in the rows where the target's probability lies outside: a sample that is
// wrong by more than ln 1e7 = 16.118 is frozen, with all units alive.
Variable clipped_cross_entropy(const Variable& logits, const Tensor& target) {
  check_defined("clipped_cross_entropy", logits, target);
  detail::check_class_target("clipped_cross_entropy", logits.shape(), target);
  const Tensor classes = target.contiguous();
  Tensor p = logits.data().clone();
  const double loss = visit_float("clipped_cross_entropy", logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return clipped(p.mutable_data<T>(), classes.data<int64_t>(), p.shape()[0], p.shape()[1]);
  });
  return differentiable("clipped_cross_entropy", Tensor::scalar(loss, logits.dtype()),
      grad(logits, [p = Saved(std::move(p))](const Tensor& dy) {
        return map(
            "clipped_cross_entropy'", [](auto g, auto v) { return g * v; }, dy, p.get());
      }));
}

}  // namespace lively
