// internal: an axis as lines side by side in memory, for ops that work line by line in the L1
// cache.
#pragma once

#include <algorithm>
#include <limits>

#include "lively/tensor/isa.h"
#include "lively/tensor/tensor.h"
#include "lively/tensor/threads.h"

namespace lively::detail {

// Swaps `axis` with the last one and makes the result row-major; swapping back gives a view.
inline Tensor lines_of(const Tensor& x, int axis) { return x.transpose(axis, -1).contiguous(); }

// Calls body(first element, length) for each line, split over threads.
template <class Body>
void for_lines(const Tensor& x, const Body& body) {
  const int64_t n = x.rank() ? x.size(-1) : 1, lines = n ? x.numel() / n : 0;
  parallel_for(lines, 1 + 16384 / std::max<int64_t>(1, n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i * n, n);
  });
}

inline constexpr int64_t kLineLanes = 64;  // enough for sums that do not wait for each other

// Σ f(i) for i in [0, n) in 64 lanes, joined as a tree: the same bits everywhere.
template <class T, class F>
[[gnu::always_inline]] inline T sum_line(int64_t n, const F& f) {
  T lanes[kLineLanes] = {};
  const int64_t whole = n - n % kLineLanes;
  for (int64_t i = 0; i < whole; i += kLineLanes)
    for (int64_t j = 0; j < kLineLanes; ++j) lanes[j] += f(i + j);
  for (int64_t i = whole; i < n; ++i) lanes[i - whole] += f(i);
  for (int64_t half = kLineLanes / 2; half; half /= 2)
    for (int64_t j = 0; j < half; ++j) lanes[j] += lanes[j + half];
  return lanes[0];
}

// The largest x[i] that is no NaN; -inf for none. What is made of the whole line keeps the NaN.
template <class T>
[[gnu::always_inline]] inline T max_line(int64_t n, const T* x) {
  T lanes[kLineLanes];
  for (T& lane : lanes) lane = -std::numeric_limits<T>::infinity();
  const int64_t whole = n - n % kLineLanes;
  const auto larger = [](T a, T b) { return a < b ? b : a; };
  for (int64_t i = 0; i < whole; i += kLineLanes)
    for (int64_t j = 0; j < kLineLanes; ++j) lanes[j] = larger(lanes[j], x[i + j]);
  for (int64_t i = whole; i < n; ++i) lanes[i - whole] = larger(lanes[i - whole], x[i]);
  for (int64_t half = kLineLanes / 2; half; half /= 2)
    for (int64_t j = 0; j < half; ++j) lanes[j] = larger(lanes[j], lanes[j + half]);
  return lanes[0];
}

}  // namespace lively::detail
