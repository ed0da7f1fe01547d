#include <array>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/lines.h"
#include "lively/autograd/ops/reduced.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

// The axes of `kept` that stay, then those that go, so that what goes lies in lines; and back.
struct Order {
  std::array<int, kMaxAxes> there{}, back{};
  std::size_t rank;
  Order(const Shape& shape, const Shape& kept) : rank(static_cast<std::size_t>(shape.rank())) {
    std::size_t n = 0;
    for (const bool stays : {true, false})
      for (int i = 0; i < shape.rank(); ++i)
        if ((kept[i] == shape[i]) == stays) there[n++] = i;
    for (std::size_t i = 0; i < rank; ++i)
      back[static_cast<std::size_t>(there[i])] = static_cast<int>(i);
  }
  std::span<const int> lines() const { return {there.data(), rank}; }
  std::span<const int> axes() const { return {back.data(), rank}; }
};

// dY · Π of the line's other elements: those before it, then those behind it. Nothing is divided,
// so zeros are no exception.
template <class T>
void products_of_others(const Tensor& x, int64_t n, const Tensor& dy, Tensor& dx) {
  const T *from = x.data<T>(), *g = dy.data<T>();
  T* to = dx.mutable_data<T>();
  parallel_for(x.numel() / std::max<int64_t>(1, n), 1 + 16384 / std::max<int64_t>(1, n),
      [=](int64_t begin, int64_t end) {
        for (int64_t line = begin; line < end; ++line) {
          const T* p = from + line * n;
          T* q = to + line * n;
          T before = 1, behind = 1;
          for (int64_t i = 0; i < n; before *= p[i++]) q[i] = before;
          for (int64_t i = n; i-- > 0; behind *= p[i]) q[i] = g[line] * (q[i] * behind);
        }
      });
}

}  // namespace

// prod over `axes` (none: all).  dX = dY · the product of the others along them.
Variable prod(const Variable& x, Axes axes, bool keepdim) {
  check_defined("prod", x);
  const Shape kept = detail::kept_shape("prod", x.shape(), axes);
  return differentiable(
      "prod", prod(x.data(), axes, keepdim), grad(x, [kept, x = Saved(x.data())](const Tensor& dy) {
        const Tensor& whole = x.get();
        const Order order(whole.shape(), kept);
        const Tensor lines = whole.permute(order.lines()).contiguous(),
                     g = dy.reshape(kept).permute(order.lines()).contiguous();
        Tensor dx = Tensor::empty(lines.shape(), lines.dtype());
        const int64_t n = g.numel() ? lines.numel() / g.numel() : 0;
        visit_float("prod", dx.dtype(),
            [&](auto zero) { products_of_others<decltype(zero)>(lines, n, g, dx); });
        return dx.permute(order.axes());
      }));
}

}  // namespace lively
