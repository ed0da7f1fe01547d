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

// A loop over elements with its types put away, so that what surrounds it (shapes, layouts,
// threads) is compiled once for all ops.
struct Loop {
  // Writes n elements of the result from n of each operand, which lie side by side.
  void (*run)(const void* f, int64_t n, std::byte* out, const std::byte* const* in);
  const void* f;  // borrowed
};
inline constexpr std::size_t kMaxOperands = 4;
inline constexpr int64_t kMapGrain = 16384;  // elements a thread: a region costs about 1 us

template <class F, class Out, class... In>
void run_loop(const F& f, int64_t n, Out* out, const In*... in) {
  constexpr bool kFloat = (std::is_same_v<Out, float> || ... || std::is_same_v<In, float>);
  vectorised<std::conditional_t<kFloat, float, Out>>([=] {
    for (int64_t i = 0; i < n; ++i) out[i] = f(in[i]...);
  });
}

template <class Out, class F, class... In, std::size_t... I>
Loop loop_of(const F& f, std::index_sequence<I...>) {
  static_assert(sizeof...(In) <= kMaxOperands);
  const auto run = [](const void* of, int64_t n, std::byte* out, const std::byte* const* in) {
    run_loop(*static_cast<const F*>(of), n, reinterpret_cast<Out*>(out),
        reinterpret_cast<const In*>(in[I])...);
  };
  return {run, &f};
}
template <class Out, class F, class... In>
Loop loop_of(const F& f) {
  return loop_of<Out, F, In...>(f, std::index_sequence_for<In...>());
}

// Writes the loop's results over the operands, broadcast to the shape of `out`, into `out`.
void map_into(Tensor& out, const Loop& loop, std::initializer_list<const Tensor*> operands);
// The same into a new tensor.
Tensor map_as(
    const char* name, Dtype out, const Loop& loop, std::initializer_list<const Tensor*> operands);

// Throws DtypeError naming `name` unless all have one floating dtype.
Dtype common_float(const char* name, std::initializer_list<const Tensor*> operands);

// Writes f of the operands, broadcast to the shape of `out`, into `out`. Operands may be
// `out` itself, but must not overlap it otherwise.
template <class Out, class F, class... In>
void map_into(Tensor& out, const F& f, As<In>... in) {
  map_into(out, loop_of<Out, F, In...>(f), {&in.tensor...});
}

// The same into a new tensor.
template <class Out, class F, class... In>
Tensor map_as(const char* name, const F& f, As<In>... in) {
  return map_as(name, dtype_of<Out>(), loop_of<Out, F, In...>(f), {&in.tensor...});
}

}  // namespace detail

// f of each element of a, b, … broadcast by NumPy's rules, in a new tensor of the same dtype.
// f takes and gives one element: a generic lambda, for float32 and float64 alike.
// Throws ShapeError if the shapes do not broadcast, DtypeError unless all are float32 or all
// are float64; both name `name`.
template <class F, class... More>
requires Elementwise<F, float, decltype((void)sizeof(More), 0.f)...> Tensor map(
    const char* name, const F& f, const Tensor& a, const More&... more) {
  const Dtype d = detail::common_float(name, {&a, &more...});
  using detail::loop_of;
  return detail::map_as(name, d,
      d == Dtype::float32 ? loop_of<float, F, float, decltype((void)sizeof(More), 0.f)...>(f)
                          : loop_of<double, F, double, decltype((void)sizeof(More), 0.)...>(f),
      {&a, &more...});
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
          detail::vectorised<T>([=] {
            for (int64_t i = 0; i < n; ++i) f(q[begin + i]...);
          });
        }(p...);
      });
    };
    run(start(first), start(more)...);
  });
}

}  // namespace lively
