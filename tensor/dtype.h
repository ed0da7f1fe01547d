#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lively/tensor/error.h"

namespace lively {

// Element types. Arithmetic is done on floats; labels are int64; pixels and masks are uint8.
enum class Dtype : uint8_t { float32, float64, int64, uint8 };

constexpr std::size_t item_size(Dtype d) {
  switch (d) {
    case Dtype::float32:
      return 4;
    case Dtype::float64:
    case Dtype::int64:
      return 8;
    case Dtype::uint8:
      return 1;
  }
  return 0;
}

constexpr const char* name(Dtype d) {
  switch (d) {
    case Dtype::float32:
      return "float32";
    case Dtype::float64:
      return "float64";
    case Dtype::int64:
      return "int64";
    case Dtype::uint8:
      return "uint8";
  }
  return "?";
}

constexpr bool is_floating(Dtype d) { return d == Dtype::float32 || d == Dtype::float64; }

template <class T>
concept Element = std::is_same_v<T, float> || std::is_same_v<T, double> ||
    std::is_same_v<T, int64_t> || std::is_same_v<T, uint8_t>;

template <Element T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::float32;
  if constexpr (std::is_same_v<T, double>) return Dtype::float64;
  if constexpr (std::is_same_v<T, int64_t>) return Dtype::int64;
  return Dtype::uint8;
}

// Calls f with a value of the C++ type behind `d`, floats only.
// Throws DtypeError naming `op` otherwise.
template <class F>
auto visit_float(const char* op, Dtype d, F&& f) {
  if (d == Dtype::float32) return f(float{});
  if (d == Dtype::float64) return f(double{});
  fail<DtypeError>(op, ": got ", name(d), ": needs float32 or float64");
}

// Calls f with a value of the C++ type behind `d`.
template <class F>
auto visit_any(Dtype d, F&& f) {
  switch (d) {
    case Dtype::float32:
      return f(float{});
    case Dtype::float64:
      return f(double{});
    case Dtype::int64:
      return f(int64_t{});
    case Dtype::uint8:
      break;
  }
  return f(uint8_t{});
}

}  // namespace lively
