#pragma once

#include <type_traits>

namespace lively::detail {

// The instruction set that loops run on, found once at start.
enum class Isa { baseline, avx2, avx512 };
extern const Isa kIsa;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

// `flatten` pulls the whole body into each clone, where it is compiled for that instruction
// set; the copy keeps the body's captures in registers. clang gets the plain form: it would
// refuse to inline across targets.
template <class Body>
[[gnu::target("arch=x86-64-v4,prefer-vector-width=512"), gnu::flatten, gnu::noinline]] void
on_avx512(const Body& body) {
  const Body local = body;
  local();
}
template <class Body>
[[gnu::target("arch=x86-64-v3"), gnu::flatten, gnu::noinline]] void on_avx2(const Body& body) {
  const Body local = body;
  local();
}

// Out of line, so that a loop called from several places is compiled once.
template <class Body>
[[gnu::noinline]] void on_baseline(const Body& body) {
  const Body local = body;
  local();
}

// Runs a loop over elements of type T (a lambda that captures pointers and scalars by value)
// compiled for the instruction set of this machine: float32, which is trained in. float64 serves to
// check gradients and integers to count, and each further copy of a loop is dear to compile, so
// that these have the plain one. Without contraction (-ffp-contract=off) the result has the same
// bits on all of them.
template <class T, class Body>
void vectorised(const Body& body) {
  if constexpr (std::is_same_v<T, float>) {
    switch (kIsa) {
      case Isa::avx512:
        return on_avx512(body);
      case Isa::avx2:
        return on_avx2(body);
      case Isa::baseline:
        break;
    }
  }
  on_baseline(body);
}

#else

template <class T, class Body>
void vectorised(const Body& body) {
  body();
}

#endif

}  // namespace lively::detail
