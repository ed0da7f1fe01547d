#pragma once

#include "lively/autograd/differentiable.h"
#include "lively/autograd/dual.h"
#include "lively/tensor/map.h"

// An elementwise op is one formula: called with dual numbers it is its own derivative.
//
//   Variable softsign(const Variable& x) {
//     return elementwise("softsign", [](auto v) {
//       using T = math::scalar<decltype(v)>;
//       return v / (T(1) + math::abs(v));
//     }, x);
//   }
//
// Formulas use arithmetic and `math::` only, constants of `math::scalar`, and selections
// that keep NaN and have derivative 0 at the kink: `v <= T(0) ? T(0) : v` or math::select.

namespace lively {
namespace detail {

template <class T>
T derivative_part(Dual<T> y) {
  return y.d;
}
template <class T>
T derivative_part(T) {
  return T(0);  // the formula does not depend on this argument
}

// f with only argument I as a dual number, seeded with the gradient g. With two duals at
// once, inf · 0 would make NaN.
template <std::size_t I, class F, class T, class... Ts>
T partial(const F& f, T g, Ts... x) {
  return [&]<std::size_t... J>(std::index_sequence<J...>) {
    const auto pick = [&]<std::size_t K>(std::integral_constant<std::size_t, K>, T v) {
      if constexpr (K == I) {
        return Dual<T>(v, g);
      } else {
        return v;
      }
    };
    return derivative_part<T>(f(pick(std::integral_constant<std::size_t, J>{}, x)...));
  }
  (std::index_sequence_for<Ts...>{});
}

template <std::size_t I, class F, class... V>
auto partial_closure(const char* name, const F& f, const V&... x) {
  return [name, f, saved = std::array{Saved(x.data())...}](const Tensor& dy) {
    return std::apply(
        [&](const auto&... s) {
          return map(
              name, [f](auto g, auto... v) { return partial<I>(f, g, v...); }, dy, s.get()...);
        },
        saved);
  };
}

}  // namespace detail

// f of each element of x, … broadcast by NumPy's rules, all float32 or all float64. Throws
// ShapeError and DtypeError as `map` does, and StateError for an undefined x.
template <class F, class... V>
Variable elementwise(const char* name, const F& f, const V&... x) {
  check_defined(name, x...);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return differentiable(
        name, map(name, f, x.data()...), grad(x, detail::partial_closure<I>(name, f, x...))...);
  }
  (std::index_sequence_for<V...>{});
}

}  // namespace lively
