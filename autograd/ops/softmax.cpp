#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/autograd/ops/lines.h"
#include "lively/tensor/math.h"

namespace lively {
namespace {

// f(x line, n, y line) for each line of x along an axis, in a new tensor of x's shape.
template <class F>
Tensor each_line(const char* op, const Tensor& x, int axis, const F& f) {
  check_defined(op, x);
  const Tensor in = detail::lines_of(x, axis);
  Tensor out = Tensor::empty(in.shape(), in.dtype());
  visit_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    detail::for_lines(in, [p = in.data<T>(), q = out.mutable_data<T>(), f](int64_t at, int64_t n) {
      detail::vectorised<T>([=] { f(p + at, n, q + at); });
    });
  });
  return out.transpose(axis, -1);
}

// The same of two tensors.
template <class F>
Tensor each_line(const char* op, const Tensor& x, const Tensor& y, int axis, const F& f) {
  const Tensor a = detail::lines_of(x, axis), b = detail::lines_of(y, axis);
  Tensor out = Tensor::empty(a.shape(), a.dtype());
  visit_float(op, x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    detail::for_lines(
        a, [p = a.data<T>(), o = b.data<T>(), q = out.mutable_data<T>(), f](int64_t at, int64_t n) {
          detail::vectorised<T>([=] { f(p + at, o + at, n, q + at); });
        });
  });
  return out.transpose(axis, -1);
}

}  // namespace

// softmax along one axis: y = e^x / Σ e^x, the maximum taken out first.  dX = y · (dY - Σ dY · y);
// y is saved.
Variable softmax(const Variable& x, int axis) {
  Tensor y = each_line("softmax", x.data(), axis, []<class T>(const T* from, int64_t n, T* to) {
    const T top = detail::max_line(n, from);
    for (int64_t i = 0; i < n; ++i) to[i] = math::exp_decay(from[i] - top);
    const T share = T(1) / detail::sum_line<T>(n, [=](int64_t i) { return to[i]; });
    for (int64_t i = 0; i < n; ++i) to[i] *= share;
  });
  return differentiable("softmax", y, grad(x, [y = Saved(y), axis](const Tensor& dy) {
    return each_line(
        "softmax'", dy, y.get(), axis, []<class T>(const T* g, const T* p, int64_t n, T* to) {
          const T total = detail::sum_line<T>(n, [=](int64_t i) { return g[i] * p[i]; });
          for (int64_t i = 0; i < n; ++i) to[i] = p[i] * (g[i] - total);
        });
  }));
}

// log_softmax along one axis: y = x - log Σ e^x.  dX = dY - e^y · Σ dY; y is saved.
Variable log_softmax(const Variable& x, int axis) {
  Tensor y = each_line("log_softmax", x.data(), axis, []<class T>(const T* from, int64_t n, T* to) {
    const T top = detail::max_line(n, from);
    for (int64_t i = 0; i < n; ++i) to[i] = math::exp_decay(from[i] - top);
    const T log_total = math::log(detail::sum_line<T>(n, [=](int64_t i) { return to[i]; }));
    for (int64_t i = 0; i < n; ++i) to[i] = (from[i] - top) - log_total;
  });
  return differentiable("log_softmax", y, grad(x, [y = Saved(y), axis](const Tensor& dy) {
    return each_line(
        "log_softmax'", dy, y.get(), axis, []<class T>(const T* g, const T* l, int64_t n, T* to) {
          const T total = detail::sum_line<T>(n, [=](int64_t i) { return g[i]; });
          for (int64_t i = 0; i < n; ++i) to[i] = g[i] - math::exp(l[i]) * total;
        });
  }));
}

}  // namespace lively
