#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <type_traits>

#include "lively/tensor/isa.h"
#include "lively/tensor/tensor.h"
#include "lively/tensor/threads.h"

// The one engine for elementwise work. Each use compiles a loop for every instruction set,
// so include this in a .cpp file that implements an op, not in a header.

namespace lively {

template <class F, class... Ts>
concept Elementwise = std::is_invocable_v<const F&, Ts...>;

namespace detail {

// An operand together with the element type under which the loop reads it.
template <Element T>
struct As {
  const Tensor& tensor;
};
template <Element T>
As<T> as(const Tensor& t) {
  return {t};
}

// The axes by falling stride, equal ones in their order; gives the rank.
int memory_order(const Tensor& t, std::array<int, kMaxAxes>& order);

// How the loop reaches one operand. Axes are the output's in its memory order, merged where
// neighbours allow it.
struct Operand {
  const std::byte* data = nullptr;
  bool direct = true;     // element i lies beside element i of the output
  bool constant = false;  // one value for the whole output
  int item = 0;
  Shape sizes;
  Shape strides;
};
Operand operand_of(const Tensor& t, const Tensor& out);

// Copies elements [begin, begin + count) in the output's order into a dense buffer, so that
// the inner loop is one contiguous, vectorised loop whatever the strides.
void stage(const Operand& operand, int64_t begin, int64_t count, void* buffer);

// Copies a dense tensor into `out` of the same shape, whatever its strides.
void scatter(const Tensor& dense, Tensor& out);

// A new tensor for the result: the memory layout of the first operand of that shape that has
// no gaps (so transposed and channels-last data keep theirs), else row-major.
Tensor result_like(const Shape& shape, Dtype dtype, std::initializer_list<const Tensor*> operands);

// Of operands that are defined.
Shape broadcast_all(const char* name, std::initializer_list<const Tensor*> operands);
// Throws DtypeError naming `name` unless all have one floating dtype.
Dtype common_float(const char* name, std::initializer_list<const Tensor*> operands);

inline constexpr int64_t kStaged = 256;      // elements: operand buffers stay in L1
inline constexpr int64_t kMapGrain = 16384;  // elements a thread: a region costs about 1 us

template <class F, class Out, class... In>
void run_chunk(const F& f, int64_t n, Out* out, const In*... in) {
  vectorised([=] {
    for (int64_t i = 0; i < n; ++i) out[i] = f(in[i]...);
  });
}

template <class Out, class F, class... In, std::size_t... I>
void run_map(Out* out, int64_t n, const F& f, std::index_sequence<I...>,
    const std::array<Operand, sizeof...(In)>& in) {
  const auto direct = [&](std::size_t i) { return in[i].direct; };
  if ((direct(I) && ...)) {
    parallel_for(n, kMapGrain, [&](int64_t begin, int64_t end) {
      run_chunk(f, end - begin, out + begin, reinterpret_cast<const In*>(in[I].data) + begin...);
    });
    return;
  }
  parallel_for(n, kMapGrain, [&](int64_t begin, int64_t end) {
    alignas(64) std::byte buffers[sizeof...(In)][kStaged * 8];
    const auto prepare = [&](std::size_t i, int64_t at, int64_t count) {
      if (in[i].direct) return in[i].data + at * in[i].item;
      if (!in[i].constant || at == begin) stage(in[i], at, count, buffers[i]);
      return static_cast<const std::byte*>(buffers[i]);
    };
    for (int64_t at = begin; at < end; at += kStaged) {
      const int64_t count = std::min(kStaged, end - at);
      run_chunk(f, count, out + at, reinterpret_cast<const In*>(prepare(I, at, count))...);
    }
  });
}

// Writes f of the operands, broadcast to the shape of `out`, into `out`. Operands may be
// `out` itself, but must not overlap it otherwise.
template <class Out, class F, class... In>
void map_into(Tensor& out, const F& f, As<In>... in) {
  if (!out.is_dense()) {
    Tensor dense = Tensor::empty(out.shape(), out.dtype());
    map_into<Out>(dense, f, in...);
    scatter(dense, out);
    return;
  }
  run_map<Out, F, In...>(out.mutable_data<Out>(), out.numel(), f, std::index_sequence_for<In...>{},
      {operand_of(in.tensor, out)...});
}

// The same into a new tensor.
template <class Out, class F, class... In>
Tensor map_as(const char* name, const F& f, As<In>... in) {
  Tensor out = result_like(broadcast_all(name, {&in.tensor...}), dtype_of<Out>(), {&in.tensor...});
  map_into<Out>(out, f, in...);
  return out;
}

}  // namespace detail

// f of each element of a, b, … broadcast by NumPy's rules, in a new tensor of the same dtype.
// f takes and gives one element: a generic lambda, for float32 and float64 alike.
// Throws ShapeError if the shapes do not broadcast, DtypeError unless all are float32 or all
// are float64; both name `name`.
template <class F, class... More>
requires Elementwise<F, float, decltype((void)sizeof(More), 0.f)...> Tensor map(
    const char* name, const F& f, const Tensor& a, const More&... more) {
  return visit_float(name, detail::common_float(name, {&a, &more...}), [&](auto zero) {
    using T = decltype(zero);
    return detail::map_as<T>(name, f, detail::as<T>(a), detail::as<T>(more)...);
  });
}

// Calls f on references to the elements of tensors of one shape, dtype and layout without gaps:
// those given as `Tensor` may be written, those given as `const Tensor` are read. One pass
// over memory, as optimizers need it.
template <class F, class First, class... More>
void update(const char* name, const F& f, First& first, More&... more) {
  check_defined(name, first, more...);
  const Tensor* all[] = {&first, &more...};
  const Shape& shape = first.shape();
  const bool contiguous = first.is_contiguous();
  for (const Tensor* t : all) {
    if (t->shape() != shape)
      fail<ShapeError>(name, ": ", shape, " and ", t->shape(), ": must be equal");
    if (!(contiguous && t->is_contiguous()) && !(t->strides() == first.strides() && t->is_dense()))
      fail<StateError>(name, ": ", t->shape(), " with strides ", t->strides(), " and ",
          first.strides(), ": must be laid out alike, without gaps");
  }
  visit_float(name, detail::common_float(name, {&first, &more...}), [&](auto zero) {
    using T = decltype(zero);
    const auto start = []<class Handle>(Handle& t) {
      if constexpr (std::is_const_v<Handle>) {
        return t.template data<T>();
      } else {
        return t.template mutable_data<T>();
      }
    };
    const auto run = [&](auto*... p) {
      parallel_for(first.numel(), detail::kMapGrain, [&](int64_t begin, int64_t end) {
        [&f, begin, n = end - begin](auto*... q) {
          detail::vectorised([=] {
            for (int64_t i = 0; i < n; ++i) f(q[begin + i]...);
          });
        }(p...);
      });
    };
    run(start(first), start(more)...);
  });
}

}  // namespace lively
