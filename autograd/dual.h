#pragma once

#include "lively/tensor/math.h"

// Dual numbers: v + d·ε with ε² = 0. A formula called with duals gives its derivative along
// with its value, exactly, in the same vectorised loop (Griewank and Walther, ch. 3).

namespace lively {

template <class T>
struct Dual {
  T v{};  // value
  T d{};  // derivative, times the gradient that it was seeded with

  constexpr Dual() = default;
  constexpr Dual(T value, T derivative = T(0)) : v(value), d(derivative) {}

  friend Dual operator+(Dual a, Dual b) { return {a.v + b.v, a.d + b.d}; }
  friend Dual operator-(Dual a, Dual b) { return {a.v - b.v, a.d - b.d}; }
  friend Dual operator-(Dual a) { return {-a.v, -a.d}; }
  friend Dual operator*(Dual a, Dual b) { return {a.v * b.v, a.d * b.v + a.v * b.d}; }
  friend Dual operator/(Dual a, Dual b) {
    const T q = a.v / b.v;
    return {q, (a.d - q * b.d) / b.v};
  }
  // With a constant, its zero derivative is left out: 0 · inf would be NaN.
  friend Dual operator+(Dual a, T b) { return {a.v + b, a.d}; }
  friend Dual operator+(T a, Dual b) { return {a + b.v, b.d}; }
  friend Dual operator-(Dual a, T b) { return {a.v - b, a.d}; }
  friend Dual operator-(T a, Dual b) { return {a - b.v, -b.d}; }
  friend Dual operator*(Dual a, T b) { return {a.v * b, a.d * b}; }
  friend Dual operator*(T a, Dual b) { return {a * b.v, a * b.d}; }
  friend Dual operator/(Dual a, T b) { return {a.v / b, a.d / b}; }
  friend Dual operator/(T a, Dual b) {
    const T q = a / b.v;
    return {q, -q * b.d / b.v};
  }

  friend bool operator<(Dual a, Dual b) { return a.v < b.v; }
  friend bool operator<=(Dual a, Dual b) { return a.v <= b.v; }
  friend bool operator>(Dual a, Dual b) { return a.v > b.v; }
  friend bool operator>=(Dual a, Dual b) { return a.v >= b.v; }
};

namespace math {

template <class T>
struct ScalarOf<Dual<T>> {
  using type = T;
};

template <class T>
inline Dual<T> select(bool condition, Dual<T> yes, Dual<T> no) {
  return {condition ? yes.v : no.v, condition ? yes.d : no.d};
}
// |x| has derivative 0 at 0.
template <class T>
inline Dual<T> abs(Dual<T> x) {
  return {abs(x.v), x.v > T(0) ? x.d : x.v < T(0) ? -x.d : x.v * x.d};
}
template <class T>
inline Dual<T> sqrt(Dual<T> x) {
  const T y = sqrt(x.v);
  return {y, x.d / (T(2) * y)};
}
template <class T>
inline Dual<T> exp(Dual<T> x) {
  const T y = exp(x.v);
  return {y, x.d * y};
}
template <class T>
inline Dual<T> expm1(Dual<T> x) {
  return {expm1(x.v), x.d * exp(x.v)};
}
template <class T>
inline Dual<T> log(Dual<T> x) {
  return {log(x.v), x.d / x.v};
}
template <class T>
inline Dual<T> log1p(Dual<T> x) {
  return {log1p(x.v), x.d / (T(1) + x.v)};
}
template <class T>
inline Dual<T> tanh(Dual<T> x) {
  const T y = tanh(x.v);
  return {y, x.d * (T(1) - y * y)};
}
template <class T>
inline Dual<T> sigmoid(Dual<T> x) {
  const T y = sigmoid(x.v);
  // y (1 - y), with 1 - y as sigmoid(-x): exact where y rounds to 1.
  return {y, x.d * (y * sigmoid(-x.v))};
}
template <class T>
inline Dual<T> softplus(Dual<T> x) {
  return {softplus(x.v), x.d * sigmoid(x.v)};
}
template <class T>
inline Dual<T> erf(Dual<T> x) {
  return {erf(x.v), x.d * (T(1.1283791670955126) * exp(-x.v * x.v))};
}
template <class T>
inline Dual<T> sin(Dual<T> x) {
  return {sin(x.v), x.d * cos(x.v)};
}
template <class T>
inline Dual<T> cos(Dual<T> x) {
  return {cos(x.v), -(x.d * sin(x.v))};
}
// Flat but for jumps.
template <class T>
inline Dual<T> floor(Dual<T> x) {
  return floor(x.v);
}
template <class T>
inline Dual<T> ceil(Dual<T> x) {
  return ceil(x.v);
}
template <class T>
inline Dual<T> sign(Dual<T> x) {
  return sign(x.v);
}
// x^p with a constant exponent, and with a constant base.
template <class T>
inline Dual<T> pow(Dual<T> x, T p) {
  return {pow(x.v, p), p == T(0) ? T(0) : x.d * (p * pow(x.v, p - T(1)))};
}
template <class T>
inline Dual<T> pow(T x, Dual<T> p) {
  const T y = pow(x, p.v);
  return {y, x == T(0) && p.v >= T(0) ? T(0) : p.d * (y * log(x))};
}

}  // namespace math
}  // namespace lively
