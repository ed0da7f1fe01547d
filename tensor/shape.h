#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "lively/tensor/error.h"

namespace lively {

inline constexpr int kMaxAxes = 8;

// The sizes (or the strides) of up to eight axes. `Shape{}` is a scalar's, with no axis.
class Shape {
 public:
  Shape() = default;
  // Throws ShapeError if there are more than eight.
  Shape(std::initializer_list<int64_t> sizes)
      : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}
  explicit Shape(std::span<const int64_t> sizes);

  int rank() const { return rank_; }
  // The number of elements; 1 for a scalar. Wraps around where no tensor could be so large.
  int64_t numel() const {
    uint64_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= static_cast<uint64_t>((*this)[i]);
    return static_cast<int64_t>(n);
  }

  // No check: 0 <= axis < rank().
  int64_t operator[](int axis) const { return at_[static_cast<std::size_t>(axis)]; }
  int64_t& operator[](int axis) { return at_[static_cast<std::size_t>(axis)]; }

  // Turns a negative axis, counted from the end, into its place from the front.
  // Throws ShapeError naming `op` if the axis does not exist.
  int axis(const char* op, int axis) const;

  const int64_t* begin() const { return at_.data(); }
  const int64_t* end() const { return at_.data() + rank_; }
  void push_back(int64_t size);
  void erase(int axis);
  void insert(int axis, int64_t size);

  bool operator==(const Shape& o) const {
    if (rank_ != o.rank_) return false;
    for (int i = 0; i < rank_; ++i)
      if ((*this)[i] != o[i]) return false;
    return true;
  }

  // "[128,784]": no spaces, so that a shape is one word in a message.
  std::string to_string() const;

 private:
  int rank_ = 0;
  std::array<int64_t, kMaxAxes> at_{};
};

// Strides of a row-major array of this shape, in elements.
Shape row_major_strides(const Shape& shape);
// Strides of pictures [N, C, …] whose channels lie side by side for each pixel.
Shape channels_last_strides(const Shape& shape);

// The shape that both broadcast to by NumPy's rules: axes are aligned at the end, and
// sizes must be equal or 1. Throws ShapeError naming `op` otherwise.
Shape broadcast(const char* op, const Shape& a, const Shape& b);

// A set of axes to reduce over, negative ones counted from the end; empty means all of them.
// Written as a list, {0, -1}, or known at run time only: a std::vector, std::array or std::span of
// int.
class Axes {
 public:
  Axes() = default;
  // Throws ShapeError if there are more than eight.
  Axes(std::initializer_list<int> axes) : Axes(std::span<const int>(axes.begin(), axes.size())) {}
  Axes(std::span<const int> axes);
  template <class List>
  requires(std::convertible_to<const List&, std::span<const int>> &&
           !std::same_as<List, std::span<const int>> && !std::same_as<List, Axes>)
      Axes(const List& axes)
      : Axes(std::span<const int>(axes)) {}

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const int* begin() const { return at_.data(); }
  const int* end() const { return at_.data() + count_; }
  std::span<const int> span() const { return {at_.data(), count_}; }

 private:
  std::size_t count_ = 0;
  std::array<int, kMaxAxes> at_{};
};

}  // namespace lively
