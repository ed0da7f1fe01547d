#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "lively/tensor/isa.h"
#include "lively/tensor/tensor.h"
#include "lively/tensor/threads.h"

// The one engine for reductions. A reducer R<T> has
//   State, Out; State start(); State step(State, T value, int64_t index);
//   State merge(State, State); Out finish(State, int64_t count)
// all static. `index` counts along the reduced elements.
//
// Two loops: along rows (reduced elements side by side; 16 lanes, merged as a tree) and down
// columns (kept elements side by side, the loop vectorises across them). Anything else is
// copied into rows first. Chunks have a fixed size, whatever the threads.

namespace lively::detail {

// x as [outer][reduced][inner]: `rows` if inner is 1.
struct ReducePlan {
  Tensor x;  // row-major
  int64_t outer = 1, reduced = 1, inner = 1;
  Shape shape;  // of the result
};
ReducePlan plan_reduce(const char* op, const Tensor& x, std::span<const int> axes, bool keepdim);

inline constexpr int64_t kLanes = 16;
inline constexpr int64_t kRowChunk = 4096;    // elements of a row merged at once
inline constexpr int64_t kColumnChunk = 256;  // rows of a column merged at once
inline constexpr int64_t kReduceGrain = 32768;

// Merges neighbours until one is left: the same tree for the same count.
template <class R, class State>
State merge_tree(State* s, int64_t n) {
  while (n > 1) {
    const int64_t half = n / 2;
    for (int64_t i = 0; i < half; ++i) s[i] = R::merge(s[2 * i], s[2 * i + 1]);
    if (n % 2) s[half] = s[n - 1];
    n = half + n % 2;
  }
  return s[0];
}

template <class R, class T>
typename R::State reduce_chunk(const T* x, int64_t n, int64_t index) {
  using State = typename R::State;
  State result = R::start();
  if (n < 2 * kLanes) {
    for (int64_t i = 0; i < n; ++i) result = R::step(result, x[i], index + i);
    return result;
  }
  State* to = &result;
  vectorised<State>([=] {
    State lanes[kLanes];
    for (State& s : lanes) s = R::start();
    const int64_t whole = n - n % kLanes;
    for (int64_t i = 0; i < whole; i += kLanes)
      for (int64_t j = 0; j < kLanes; ++j) lanes[j] = R::step(lanes[j], x[i + j], index + i + j);
    for (int64_t i = whole; i < n; ++i)
      lanes[i - whole] = R::step(lanes[i - whole], x[i], index + i);
    *to = merge_tree<R>(lanes, kLanes);
  });
  return result;
}

template <class R, class T>
typename R::State reduce_row(const T* x, int64_t n) {
  if (n <= kRowChunk) return reduce_chunk<R>(x, n, 0);
  const int64_t chunks = (n + kRowChunk - 1) / kRowChunk;
  std::vector<typename R::State> part(static_cast<std::size_t>(chunks));
  parallel_for(chunks, kReduceGrain / kRowChunk, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c)
      part[static_cast<std::size_t>(c)] =
          reduce_chunk<R>(x + c * kRowChunk, std::min(kRowChunk, n - c * kRowChunk), c * kRowChunk);
  });
  return merge_tree<R>(part.data(), chunks);
}

template <class R, class T>
void reduce_columns(const T* x, int64_t reduced, int64_t inner, typename R::Out* out) {
  using State = typename R::State;
  const int64_t chunks = std::max<int64_t>(1, (reduced + kColumnChunk - 1) / kColumnChunk);
  std::vector<State> part(static_cast<std::size_t>(chunks * inner), R::start());
  if (inner == 0) return;
  parallel_for(chunks, std::max<int64_t>(1, kReduceGrain / (kColumnChunk * inner)),
      [&](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c) {
          State* s = part.data() + c * inner;
          const int64_t first = c * kColumnChunk, last = std::min(reduced, first + kColumnChunk);
          vectorised<State>([=] {
            for (int64_t r = first; r < last; ++r)
              for (int64_t i = 0; i < inner; ++i) s[i] = R::step(s[i], x[r * inner + i], r);
          });
        }
      });
  int64_t left = chunks;
  for (; left > 1; left = left / 2 + left % 2) {
    for (int64_t c = 0; c < left / 2; ++c)
      for (int64_t i = 0; i < inner; ++i)
        part[c * inner + i] = R::merge(part[2 * c * inner + i], part[(2 * c + 1) * inner + i]);
    if (left % 2)
      std::copy_n(part.data() + (left - 1) * inner, inner, part.data() + left / 2 * inner);
  }
  for (int64_t i = 0; i < inner; ++i) out[i] = R::finish(part[i], reduced);
}

template <class R, class T>
Tensor reduce(const ReducePlan& plan) {
  using Out = typename R::Out;
  Tensor result = Tensor::empty(plan.shape, dtype_of<Out>());
  Out* out = result.mutable_data<Out>();
  const T* x = plan.x.data<T>();
  if (plan.inner == 1) {
    parallel_for(plan.outer,
        std::max<int64_t>(1, kReduceGrain / std::max<int64_t>(1, plan.reduced)),
        [&](int64_t begin, int64_t end) {
          for (int64_t o = begin; o < end; ++o)
            out[o] = R::finish(reduce_row<R>(x + o * plan.reduced, plan.reduced), plan.reduced);
        });
  } else {
    for (int64_t o = 0; o < plan.outer; ++o)
      reduce_columns<R>(
          x + o * plan.reduced * plan.inner, plan.reduced, plan.inner, out + o * plan.inner);
  }
  return result;
}

}  // namespace lively::detail

namespace lively {

// Reduces `axes` of x by the reducer R for its element type, any dtype.
template <template <class> class R>
Tensor reduce(const char* op, const Tensor& x, std::span<const int> axes, bool keepdim) {
  const detail::ReducePlan plan = detail::plan_reduce(op, x, axes, keepdim);
  return visit_any(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return detail::reduce<R<T>, T>(plan);
  });
}

}  // namespace lively
