#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// Scalar functions for formulas that run through `map`.
// float32: plain arithmetic that the compiler vectorises, the same bits on every x86-64
// (libm's do neither); error below 4 units in the last place, NaN and infinities as in libm,
// tested over the whole range. float64: the C library's. `autograd/dual.h` adds the same
// names for dual numbers.

namespace lively::math {

// The plain number behind an element: T itself, and the value type of a dual number.
// Constants in formulas are of this type, so that they carry no derivative.
template <class T>
struct ScalarOf {
  using type = T;
};
template <class T>
using scalar = typename ScalarOf<T>::type;

// Keeps a NaN in neither branch from being chosen away: the condition decides alone.
template <class T>
inline T select(bool condition, T yes, T no) {
  return condition ? yes : no;
}

inline float abs(float x) { return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & 0x7fffffffu); }
inline double abs(double x) { return std::fabs(x); }

inline float sqrt(float x) { return std::sqrt(x); }
inline double sqrt(double x) { return std::sqrt(x); }

namespace detail {

// x = k ln 2 + r with |r| <= ln 2 / 2; k is whole.
struct Reduced {
  float k, r;
};
inline Reduced reduce(float x) {
  constexpr float kRound = 12582912.f;  // 1.5 · 2^23: adding it rounds to a whole number
  const float k = (x * 1.44269504f + kRound) - kRound;
  // ln 2 in two parts, the first exact in 9 bits, so that k times it is exact.
  return {k, (x - k * 0.693359375f) + k * 2.12194440e-4f};
}

// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2. Coefficients: minimax for e^r, error 3.8e-9 relative.
inline float exp_tail(float r) {
  float p = 1.3814583654e-3f;
  p = p * r + 8.3687240258e-3f;
  p = p * r + 4.1668388993e-2f;
  p = p * r + 1.6666521132e-1f;
  return p * r + 4.9999994040e-1f;
}

// 2^k for whole k from -126 to 127.
inline float power_of_two(int32_t k) {
  return std::bit_cast<float>(static_cast<uint32_t>(k + 127) << 23);
}

// The integer in a whole float of small size; of NaN any one, without undefined conversion.
inline int32_t whole(float k) {
  return std::bit_cast<int32_t>(k + 12582912.f) - std::bit_cast<int32_t>(12582912.f);
}

}  // namespace detail

inline float exp(float x) {
  float c = x < -104.f ? -104.f : x;
  c = c > 89.f ? 89.f : c;
  const auto [k, r] = detail::reduce(c);
  const float p = detail::exp_tail(r) * r * r + r + 1.f;
  // In two factors, so that neither leaves the range before the product does.
  const int32_t n = detail::whole(k), half = n >> 1;
  return p * detail::power_of_two(half) * detail::power_of_two(n - half);
}
inline double exp(double x) { return std::exp(x); }

// e^x for x <= 0, as softmax needs it: a third cheaper, and 0 where exp is below 1.6e-38.
inline float exp_decay(float x) {
  constexpr float kLeast = -87.f;
  const auto [k, r] = detail::reduce(x < kLeast ? kLeast : x);
  const float y = (detail::exp_tail(r) * r * r + r + 1.f) * detail::power_of_two(detail::whole(k));
  return x < kLeast ? 0.f : y;
}
inline double exp_decay(double x) { return std::exp(x); }

inline float expm1(float x) {
  float c = x < -20.f ? -20.f : x;
  c = c > 89.f ? 89.f : c;
  const auto [k, r] = detail::reduce(c);
  const float q = detail::exp_tail(r) * r * r + r;
  // 2^k q + (2^k - 1), at half the scale because 2^128 is none. Zero keeps its sign.
  const float s = detail::power_of_two(detail::whole(k) - 1);
  const float y = 2.f * (s * q + (s - 0.5f));
  return x == 0.f ? x : y;
}
inline double expm1(double x) { return std::expm1(x); }

inline float log(float x) {
  constexpr float kTiny = 1.17549435e-38f;  // the smallest normal number
  const bool denormal = x < kTiny;
  const float scaled = denormal ? x * 8388608.f : x;
  // m in [sqrt(1/2), sqrt(2)): x = 2^e m.
  const auto shifted = static_cast<int32_t>(std::bit_cast<uint32_t>(scaled) - 0x3f3504f3u);
  const int32_t e = shifted >> 23;
  const float m = std::bit_cast<float>((shifted & 0x007fffff) + 0x3f3504f3);
  const float f = m - 1.f;
  const float k = static_cast<float>(denormal ? e - 23 : e);
  // log(1 + f) (Cephes logf).
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const float z = f * f;
  float y = p * f * z + k * -2.12194440e-4f;
  y = y - 0.5f * z;
  y = f + y + k * 0.693359375f;
  y = x == 0.f ? -std::numeric_limits<float>::infinity() : y;
  y = x == std::numeric_limits<float>::infinity() ? x : y;
  return x >= 0.f ? y : std::numeric_limits<float>::quiet_NaN();
}
inline double log(double x) { return std::log(x); }

inline float log1p(float x) {
  // The rounding of 1 + x is made good by the quotient (Kahan).
  const float u = 1.f + x;
  const float y = log(u) * (x / (u - 1.f));
  const float safe = u == 1.f ? x : y;
  return u > 3e38f ? log(u) : safe;
}
inline double log1p(double x) { return std::log1p(x); }

inline float tanh(float x) {
  // Beyond 10, tanh is 1 in float32.
  float a = abs(x);
  a = a > 10.f ? 10.f : a;
  const float e = expm1(2.f * a);
  const float y = e / (e + 2.f);
  return std::bit_cast<float>(
      std::bit_cast<uint32_t>(y) | (std::bit_cast<uint32_t>(x) & 0x80000000u));
}
inline double tanh(double x) { return std::tanh(x); }

// 1 / (1 + e^-x), from e^-|x|, which cannot overflow.
template <class T>
inline T sigmoid(T x) {
  const T e = exp(-abs(x));
  return select(x >= T(0), T(1), e) / (T(1) + e);
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
template <class T>
inline T softplus(T x) {
  return select(x <= T(0), T(0), x) + log1p(exp(-abs(x)));
}

inline float erf(float x) {
  float a = abs(x);
  a = a > 4.f ? 4.f : a;
  // Up to 1: x P(x²). Above: 1 - e^Q(x). Coefficients: least squares at Chebyshev points on
  // erf(√s)/√s over [0, 1] and log erfc over [1, 4]; errors 1.8e-7 and 1.1e-7 relative.
  const float s = a * a;
  float p = 7.8825004e-5f;
  p = p * s - 8.0188591e-4f;
  p = p * s + 5.1893126e-3f;
  p = p * s - 2.6854329e-2f;
  p = p * s + 1.1283597e-1f;
  p = p * s - 3.7612626e-1f;
  p = p * s + 1.1283791e+0f;
  float q = -1.3309406e-5f;
  q = q * a + 3.1757276e-4f;
  q = q * a - 3.4368762e-3f;
  q = q * a + 2.2622034e-2f;
  q = q * a - 1.0331912e-1f;
  q = q * a - 6.3909310e-1f;
  q = q * a - 1.1259261e+0f;
  q = q * a - 7.5689837e-4f;
  const float y = a <= 1.f ? a * p : 1.f - exp(q);
  return std::bit_cast<float>(
      std::bit_cast<uint32_t>(y) | (std::bit_cast<uint32_t>(x) & 0x80000000u));
}
inline double erf(double x) { return std::erf(x); }

inline float sin(float x) { return std::sin(x); }
inline double sin(double x) { return std::sin(x); }
inline float cos(float x) { return std::cos(x); }
inline double cos(double x) { return std::cos(x); }
inline float floor(float x) { return std::floor(x); }
inline double floor(double x) { return std::floor(x); }
inline float ceil(float x) { return std::ceil(x); }
inline double ceil(double x) { return std::ceil(x); }
template <class T>
inline T sign(T x) {
  return x > T(0) ? T(1) : x < T(0) ? T(-1) : x;
}
inline float pow(float x, float y) { return std::pow(x, y); }
inline double pow(double x, double y) { return std::pow(x, y); }

}  // namespace lively::math
