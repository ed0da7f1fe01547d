#include "lively/tensor/reduce.h"

#include <cmath>
#include <limits>

#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/reduce_engine.h"

namespace lively {

detail::ReducePlan detail::plan_reduce(
    const char* op, const Tensor& x, std::span<const int> axes, bool keepdim) {
  check_defined(op, x);
  const Shape& sizes = x.shape();
  unsigned gone = 0;
  for (const int a : axes) {
    const unsigned bit = 1u << sizes.axis(op, a);
    if (gone & bit) fail<ShapeError>(op, ": axis ", a, " of ", sizes, ": named twice");
    gone |= bit;
  }
  if (axes.empty()) gone = (1u << sizes.rank()) - 1;
  const auto reduced = [gone](int axis) { return (gone >> axis) & 1u; };

  ReducePlan plan;
  int blocks = 0;  // runs of reduced axes; axes of size 1 part nothing
  bool inside = false;
  for (int i = 0; i < sizes.rank(); ++i) {
    const int64_t size = sizes[i];
    if (!reduced(i)) {
      plan.shape.push_back(size);
    } else if (keepdim) {
      plan.shape.push_back(1);
    }
    if (size == 1) continue;
    if (reduced(i)) {
      if (!inside) ++blocks;
      inside = true;
      plan.reduced *= size;
    } else {
      inside = false;
      (blocks ? plan.inner : plan.outer) *= size;
    }
  }
  if (blocks <= 1) {
    plan.x = x.contiguous();
    return plan;
  }
  std::array<int, kMaxAxes> order{};
  int n = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (!reduced(i)) order[n++] = i;
  for (int i = 0; i < x.rank(); ++i)
    if (reduced(i)) order[n++] = i;
  plan.x = x.permute(std::span<const int>(order.data(), static_cast<std::size_t>(n))).contiguous();
  plan.outer *= plan.inner;
  plan.inner = 1;
  return plan;
}

namespace {

template <class T>
using SumType = std::conditional_t<std::is_floating_point_v<T>, T, int64_t>;

template <class T>
struct Sum {
  using State = SumType<T>;
  using Out = State;
  static State start() { return 0; }
  static State step(State s, T v, int64_t) { return s + static_cast<State>(v); }
  static State merge(State a, State b) { return a + b; }
  static Out finish(State s, int64_t) { return s; }
};

template <class T>
struct Prod : Sum<T> {
  using State = SumType<T>;
  static State start() { return 1; }
  static State step(State s, T v, int64_t) { return s * static_cast<State>(v); }
  static State merge(State a, State b) { return a * b; }
};

// Selections in this form keep a NaN on either side.
template <class T>
T larger(T a, T b) {
  return a >= b || a != a ? a : b;
}
template <class T>
T smaller(T a, T b) {
  return a <= b || a != a ? a : b;
}

template <class T>
struct Max {
  using State = T;
  using Out = T;
  static State start() {
    return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                       : std::numeric_limits<T>::lowest();
  }
  static State step(State s, T v, int64_t) { return larger(s, v); }
  static State merge(State a, State b) { return larger(a, b); }
  static Out finish(State s, int64_t) { return s; }
};

template <class T>
struct Min : Max<T> {
  static T start() {
    return std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                       : std::numeric_limits<T>::max();
  }
  static T step(T s, T v, int64_t) { return smaller(s, v); }
  static T merge(T a, T b) { return smaller(a, b); }
};

// Of masks, with 0 and 1.
struct Any {
  using State = uint8_t;
  using Out = uint8_t;
  static State start() { return 0; }
  static State step(State s, uint8_t v, int64_t) { return s | v; }
  static State merge(State a, State b) { return a | b; }
  static Out finish(State s, int64_t) { return s; }
};

struct All : Any {
  static uint8_t start() { return 1; }
  static uint8_t step(uint8_t s, uint8_t v, int64_t) { return s & v; }
  static uint8_t merge(uint8_t a, uint8_t b) { return a & b; }
};

// `kSign` 1 looks for the largest, -1 for the smallest.
template <class T, int kSign>
struct ArgBest {
  struct State {
    T value{};
    int64_t index = -1;
  };
  using Out = int64_t;
  static State start() { return {}; }
  static State step(State s, T v, int64_t i) { return merge(s, {v, i}); }
  static State merge(State a, State b) {
    if (a.index < 0 || b.index < 0) return a.index < 0 ? b : a;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    const bool equal = a.value == b.value || (a_nan && b_nan);
    if (equal) return a.index < b.index ? a : b;
    if (a_nan || b_nan) return a_nan ? a : b;
    return (kSign > 0 ? a.value > b.value : a.value < b.value) ? a : b;
  }
  static Out finish(State s, int64_t) { return s.index; }
};
template <class T>
struct ArgMax : ArgBest<T, 1> {};
template <class T>
struct ArgMin : ArgBest<T, -1> {};

void check_floating(const char* op, const Tensor& x) {
  check_defined(op, x);
  if (!is_floating(x.dtype()))
    fail<DtypeError>(op, ": got ", name(x.dtype()), ": needs float32 or float64");
}

// Reductions without a neutral element need something to reduce.
template <template <class> class R>
Tensor reduce_some(const char* op, const Tensor& x, std::span<const int> axes, bool keepdim) {
  const detail::ReducePlan plan = detail::plan_reduce(op, x, axes, keepdim);
  if (plan.reduced == 0 && plan.shape.numel() > 0)
    fail<ValueError>(op, ": ", x.shape(), ": needs at least one element to reduce");
  return visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::reduce<R<T>, T>(plan);
  });
}

// Is each element different from 0?
template <class R>
Tensor reduce_mask(const char* op, const Tensor& x, std::span<const int> axes, bool keepdim) {
  detail::ReducePlan plan = detail::plan_reduce(op, x, axes, keepdim);
  plan.x = ne(plan.x, Tensor::zeros(Shape{}, x.dtype()));
  return detail::reduce<R, uint8_t>(plan);
}

}  // namespace

Tensor sum(const Tensor& x, Axes axes, bool keepdim) {
  return reduce<Sum>("sum", x, axes.span(), keepdim);
}

Tensor prod(const Tensor& x, Axes axes, bool keepdim) {
  return reduce<Prod>("prod", x, axes.span(), keepdim);
}

Tensor mean(const Tensor& x, Axes axes, bool keepdim) {
  check_floating("mean", x);
  const detail::ReducePlan plan = detail::plan_reduce("mean", x, axes.span(), keepdim);
  return visit_float("mean", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    Tensor total = detail::reduce<Sum<T>, T>(plan);
    for (T& v : total.mutable_values<T>()) v /= static_cast<T>(plan.reduced);
    return total;
  });
}

Tensor max(const Tensor& x, Axes axes, bool keepdim) {
  return reduce_some<Max>("max", x, axes.span(), keepdim);
}

Tensor min(const Tensor& x, Axes axes, bool keepdim) {
  return reduce_some<Min>("min", x, axes.span(), keepdim);
}

Tensor var(const Tensor& x, Axes axes, bool unbiased, bool keepdim) {
  check_floating("var", x);
  const Tensor centre = mean(x, axes, true);
  const Tensor squares = map(
      "var", [](auto v, auto m) { return (v - m) * (v - m); }, x, centre);
  Tensor total = sum(squares, axes, keepdim);
  const double n =
      static_cast<double>(x.numel()) / static_cast<double>(std::max<int64_t>(1, centre.numel()));
  const double divisor = unbiased ? std::max(0.0, n - 1) : n;
  return map(
      "var", [divisor](auto v) { return v / decltype(v)(divisor); }, total);
}

Tensor logsumexp(const Tensor& x, Axes axes, bool keepdim) {
  // An infinite maximum is not taken out: inf - inf would be NaN.
  const Tensor top = map(
      "logsumexp",
      [](auto v) {
        using T = decltype(v);
        return v - v == T(0) ? v : T(0);
      },
      reduce_some<Max>("logsumexp", x, axes.span(), true));
  const Tensor terms = map(
      "logsumexp", [](auto v, auto m) { return math::exp(v - m); }, x, top);
  const Tensor total = sum(terms, axes, keepdim);
  return map(
      "logsumexp", [](auto s, auto m) { return math::log(s) + m; }, total,
      top.reshape(total.shape()));
}

Tensor any(const Tensor& x, Axes axes, bool keepdim) {
  return reduce_mask<Any>("any", x, axes.span(), keepdim);
}

Tensor all(const Tensor& x, Axes axes, bool keepdim) {
  return reduce_mask<All>("all", x, axes.span(), keepdim);
}

Tensor argmax(const Tensor& x, int axis, bool keepdim) {
  return reduce_some<ArgMax>("argmax", x, std::span<const int>(&axis, 1), keepdim);
}

Tensor argmin(const Tensor& x, int axis, bool keepdim) {
  return reduce_some<ArgMin>("argmin", x, std::span<const int>(&axis, 1), keepdim);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  check_defined("sum_to", x);
  if (x.shape() == shape) return x;
  const int extra = x.rank() - shape.rank();
  std::array<int, kMaxAxes> axes{};
  std::size_t n = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes[n++] = i;
  const Tensor total = n ? reduce<Sum>("sum_to", x, std::span<const int>(axes.data(), n), true) : x;
  return total.reshape(shape);
}

}  // namespace lively
