#include "lively/tensor/shape.h"

#include <algorithm>

namespace lively {

Shape::Shape(std::span<const int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  if (sizes.size() > kMaxAxes)
    fail<ShapeError>("shape: ", sizes.size(), " axes: at most ", kMaxAxes);
  std::copy(sizes.begin(), sizes.end(), at_.begin());
}

Axes::Axes(std::span<const int> axes) : count_(axes.size()) {
  if (axes.size() > kMaxAxes)
    fail<ShapeError>("axes: ", axes.size(), " of them: at most ", kMaxAxes);
  std::copy(axes.begin(), axes.end(), at_.begin());
}

int Shape::axis(const char* op, int axis) const {
  const int i = axis < 0 ? axis + rank_ : axis;
  if (i < 0 || i >= rank_)
    fail<ShapeError>(
        op, ": axis ", axis, " of ", *this, ": needs an axis from ", -rank_, " to ", rank_ - 1);
  return i;
}

void Shape::push_back(int64_t size) {
  if (rank_ == kMaxAxes) fail<ShapeError>("shape: ", rank_ + 1, " axes: at most ", kMaxAxes);
  at_[rank_++] = size;
}

void Shape::erase(int axis) {
  std::copy(at_.begin() + axis + 1, at_.begin() + rank_, at_.begin() + axis);
  --rank_;
}

void Shape::insert(int axis, int64_t size) {
  push_back(0);
  std::copy_backward(at_.begin() + axis, at_.begin() + rank_ - 1, at_.begin() + rank_);
  at_[axis] = size;
}

std::string Shape::to_string() const {
  std::string out = "[";
  for (int i = 0; i < rank_; ++i) {
    if (i) out += ',';
    out += std::to_string(at_[i]);
  }
  return out + "]";
}

Shape row_major_strides(const Shape& shape) {
  Shape strides = shape;
  uint64_t step = 1;  // may wrap around for sizes that Tensor::empty refuses
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = static_cast<int64_t>(step);
    step *= static_cast<uint64_t>(shape[i]);
  }
  return strides;
}

Shape channels_last_strides(const Shape& shape) {
  const int rank = shape.rank();
  Shape strides = shape;
  int64_t step = shape[1];
  strides[1] = 1;
  for (int i = rank - 1; i >= 2; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  strides[0] = step;
  return strides;
}

Shape broadcast(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape out = a.rank() >= b.rank() ? a : b;
  for (int i = 1; i <= out.rank(); ++i) {
    const int64_t x = i <= a.rank() ? a[a.rank() - i] : 1;
    const int64_t y = i <= b.rank() ? b[b.rank() - i] : 1;
    if (x != y && x != 1 && y != 1)
      fail<ShapeError>(op, ": ", a, " and ", b, ": axis ", -i, " has sizes ", x, " and ", y,
          ", which must be equal or 1");
    out[out.rank() - i] = x == 1 ? y : x;
  }
  return out;
}

}  // namespace lively
