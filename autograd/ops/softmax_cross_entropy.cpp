#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/class_target.h"
#include "lively/tensor/isa.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"

namespace lively {
namespace {

// Gives the mean loss and turns `p` (a copy of the logits) into (softmax - one-hot) / N.
// log Σ e^z is taken about the row's maximum: nothing overflows, and a wrong sample keeps the
// gradient (1, -1) however far off it is.
template <class T>
double fuse(T* p, const int64_t* target, int64_t rows, int64_t classes) {
  for (int64_t i = 0; i < rows; ++i) {
    T* row = p + i * classes;
    T top = row[0];
    for (int64_t k = 1; k < classes; ++k) top = top >= row[k] || top != top ? top : row[k];
    for (int64_t k = 0; k < classes; ++k) row[k] -= top;
  }
  double loss = 0;
  for (int64_t i = 0; i < rows; ++i) loss -= p[i * classes + target[i]];
  detail::vectorised<T>([=] {
    for (int64_t i = 0; i < rows * classes; ++i) p[i] = math::exp(p[i]);
  });
  const T share = T(1) / static_cast<T>(rows);
  for (int64_t i = 0; i < rows; ++i) {
    T* row = p + i * classes;
    T total = 0;
    for (int64_t k = 0; k < classes; ++k) total += row[k];
    loss += math::log(total);
    const T scale = share / total;
    for (int64_t k = 0; k < classes; ++k) row[k] *= scale;
    row[target[i]] -= share;
  }
  return loss / static_cast<double>(rows);
}

}  // namespace

// softmax_cross_entropy: logits [N, K], target int64 [N] -> mean of -log softmax(z)_target, [].
// dZ = dY · (softmax - one-hot) / N, made on the way.
Variable softmax_cross_entropy(const Variable& logits, const Tensor& target) {
  check_defined("softmax_cross_entropy", logits, target);
  detail::check_class_target("softmax_cross_entropy", logits.shape(), target);
  const Tensor classes = target.contiguous();
  Tensor p = logits.data().clone();
  const double loss = visit_float("softmax_cross_entropy", logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return fuse(p.mutable_data<T>(), classes.data<int64_t>(), p.shape()[0], p.shape()[1]);
  });
  return differentiable("softmax_cross_entropy", Tensor::scalar(loss, logits.dtype()),
      grad(logits, [p = Saved(std::move(p))](const Tensor& dy) {
        if (dy.item() == 1) return p.get();
        return map(
            "softmax_cross_entropy'", [](auto g, auto v) { return g * v; }, dy, p.get());
      }));
}

}  // namespace lively
