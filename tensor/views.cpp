#include <algorithm>

#include "lively/tensor/tensor.h"

namespace lively {

Tensor Tensor::transpose(int a, int b) const {
  check_defined("transpose", *this);
  Shape sizes = shape(), steps = strides();
  const int i = sizes.axis("transpose", a), j = sizes.axis("transpose", b);
  std::swap(sizes[i], sizes[j]);
  std::swap(steps[i], steps[j]);
  return view_of(*this, sizes, steps, 0);
}

Tensor Tensor::permute(std::span<const int> order) const {
  check_defined("permute", *this);
  if (static_cast<int>(order.size()) != rank())
    fail<ShapeError>("permute: ", order.size(), " axes for ", shape(), ": needs ", rank());
  Shape sizes = shape(), steps = strides();
  unsigned seen = 0;
  for (int i = 0; i < rank(); ++i) {
    const int from = shape().axis("permute", order[static_cast<std::size_t>(i)]);
    if (seen & (1u << from))
      fail<ShapeError>("permute: axis ", from, " of ", shape(), ": named twice");
    seen |= 1u << from;
    sizes[i] = shape()[from];
    steps[i] = strides()[from];
  }
  return view_of(*this, sizes, steps, 0);
}

Tensor Tensor::slice(int axis, int64_t start, int64_t stop, int64_t step) const {
  check_defined("slice", *this);
  const int i = shape().axis("slice", axis);
  if (step < 1) fail<ValueError>("slice: step ", step, ": needs at least 1");
  const int64_t size = shape()[i];
  const auto bound = [size](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size);
  };
  const int64_t first = bound(start), last = std::max(first, bound(stop));
  Shape sizes = shape(), steps = strides();
  step = std::min(step, std::max<int64_t>(size, 1));  // a larger one picks the same
  sizes[i] = (last - first + step - 1) / step;
  steps[i] *= step;
  return view_of(*this, sizes, steps, sizes[i] ? first * strides()[i] : 0);
}

Tensor Tensor::select(int axis, int64_t index) const {
  check_defined("select", *this);
  const int i = shape().axis("select", axis);
  const int64_t size = shape()[i], at = index < 0 ? index + size : index;
  if (at < 0 || at >= size)
    fail<ShapeError>("select: index ", index, " on axis ", axis, " of ", shape(), ": outside");
  Shape sizes = shape(), steps = strides();
  sizes.erase(i);
  steps.erase(i);
  return view_of(*this, sizes, steps, at * strides()[i]);
}

Tensor Tensor::expand(const Shape& wanted) const {
  check_defined("expand", *this);
  const int extra = wanted.rank() - rank();
  if (extra < 0 || broadcast("expand", shape(), wanted) != wanted)
    fail<ShapeError>("expand: ", shape(), " to ", wanted, ": does not broadcast to it");
  int64_t n = 1;
  for (const int64_t size : wanted)
    if (size < 0 || __builtin_mul_overflow(n, size, &n))
      fail<ShapeError>("expand: ", shape(), " to ", wanted, ": a negative or too large size");
  Shape steps = wanted;
  for (int i = 0; i < wanted.rank(); ++i)
    steps[i] = i < extra || shape()[i - extra] != wanted[i] ? 0 : strides()[i - extra];
  return view_of(*this, wanted, steps, 0);
}

Tensor Tensor::squeeze(int axis) const {
  check_defined("squeeze", *this);
  const int i = shape().axis("squeeze", axis);
  if (shape()[i] != 1)
    fail<ShapeError>("squeeze: axis ", axis, " of ", shape(), ": has size ", shape()[i], ", not 1");
  return select(i, 0);
}

Tensor Tensor::unsqueeze(int axis) const {
  check_defined("unsqueeze", *this);
  Shape sizes = shape(), steps = strides();
  const int places = rank() + 1, i = axis < 0 ? axis + places : axis;
  if (i < 0 || i >= places)
    fail<ShapeError>(
        "unsqueeze: axis ", axis, " for ", shape(), ": needs -", places, " to ", rank());
  sizes.insert(i, 1);
  steps.insert(i, 1);
  return view_of(*this, sizes, steps, 0);
}

namespace {

Shape fill_in(const Shape& wanted, const Shape& from) {
  Shape sizes = wanted;
  int open = -1;
  int64_t known = 1;
  for (int i = 0; i < sizes.rank(); ++i) {
    if (sizes[i] == -1 && open < 0) {
      open = i;
    } else if (sizes[i] < 0) {
      fail<ShapeError>("reshape: ", from, " to ", wanted, ": at most one size may be -1");
    } else if (__builtin_mul_overflow(known, sizes[i], &known)) {
      fail<ShapeError>("reshape: ", from, " to ", wanted, ": too large");
    }
  }
  if (open >= 0 && known > 0 && from.numel() % known == 0) sizes[open] = from.numel() / known;
  if (open >= 0 && sizes[open] < 0)
    fail<ShapeError>("reshape: ", from, " to ", wanted, ": the open size would not be whole");
  if (sizes.numel() != from.numel())
    fail<ShapeError>(
        "reshape: ", from, " to ", wanted, ": ", from.numel(), " and ", sizes.numel(), " elements");
  return sizes;
}

// Strides under which `t` reads as `sizes`, if there are such. Old axes that follow each
// other without a gap form a run, and each run must be cut by whole new axes.
bool view_strides(const Tensor& t, const Shape& sizes, Shape& steps) {
  steps = sizes;
  int next = sizes.rank() - 1;
  int64_t run = 1, base = 1;
  bool open = false;
  for (int i = t.rank() - 1; i >= 0; --i) {
    if (t.shape()[i] == 1 && i > 0) continue;
    if (!open) {
      base = t.strides()[i];
      run = 1;
      open = true;
    }
    run *= t.shape()[i];
    int before = i - 1;
    while (before >= 0 && t.shape()[before] == 1) --before;
    if (before >= 0 && t.strides()[before] == base * run) continue;
    int64_t filled = 1;
    while (next >= 0 && (filled < run || sizes[next] == 1)) {
      steps[next] = base * filled;
      filled *= sizes[next--];
    }
    if (filled != run) return false;
    open = false;
  }
  return next < 0;
}

}  // namespace

Tensor Tensor::reshape(const Shape& wanted) const {
  check_defined("reshape", *this);
  const Shape sizes = fill_in(wanted, shape());
  if (sizes == shape()) return *this;
  if (is_contiguous() || numel() == 0) return view_of(*this, sizes, row_major_strides(sizes), 0);
  Shape steps;
  if (view_strides(*this, sizes, steps)) return view_of(*this, sizes, steps, 0);
  return clone().reshape(sizes);
}

Tensor Tensor::flatten(int first_axis) const {
  check_defined("flatten", *this);
  const int first = rank() ? shape().axis("flatten", first_axis) : 0;
  Shape sizes;
  int64_t rest = 1;
  for (int i = 0; i < rank(); ++i) {
    if (i < first) {
      sizes.push_back(shape()[i]);
    } else {
      rest *= shape()[i];
    }
  }
  sizes.push_back(rest);
  return reshape(sizes);
}

}  // namespace lively
