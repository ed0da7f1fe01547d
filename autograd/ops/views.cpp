#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"

namespace lively {
namespace {

// The gradient of a view that picks some elements: theirs, and 0 elsewhere. `view` takes the
// same view of the tensor of zeros.
template <class View>
auto into_zeros(const Variable& x, View view) {
  const Shape strides = x.data().is_dense() ? x.data().strides() : row_major_strides(x.shape());
  return [s = x.shape(), strides, d = x.dtype(), view](const Tensor& dy) {
    Tensor dx = Tensor::empty_strided(s, strides, d);
    dx.fill(0);
    Tensor place = view(dx);
    place.copy_from(dy);
    return dx;
  };
}

}  // namespace

// reshape: same elements in row-major order.  dX = dY, reshaped back.
Variable reshape(const Variable& x, const Shape& shape) {
  check_defined("reshape", x);
  return differentiable("reshape", x.data().reshape(shape),
      grad(x, [s = x.shape()](const Tensor& dy) { return dy.reshape(s); }));
}

// flatten: axes from `first_axis` on become one.
Variable flatten(const Variable& x, int first_axis) {
  check_defined("flatten", x);
  return differentiable("flatten", x.data().flatten(first_axis),
      grad(x, [s = x.shape()](const Tensor& dy) { return dy.reshape(s); }));
}

// transpose: swaps two axes.  dX = dY, swapped back.
Variable transpose(const Variable& x, int a, int b) {
  return differentiable("transpose", x.data().transpose(a, b),
      grad(x, [a, b](const Tensor& dy) { return dy.transpose(a, b); }));
}

// permute: axis i of y is axis order[i] of x.  dX = dY, permuted back.
Variable permute(const Variable& x, std::span<const int> order) {
  Tensor y = x.data().permute(order);
  std::vector<int> back(order.size());
  int i = 0;
  for (const int from : order)
    back[static_cast<std::size_t>(x.shape().axis("permute", from))] = i++;
  return differentiable(
      "permute", std::move(y), grad(x, [back](const Tensor& dy) { return dy.permute(back); }));
}

// slice: elements start, start + step, … of one axis.  dX = dY there, 0 elsewhere.
Variable slice(const Variable& x, int axis, int64_t start, int64_t stop, int64_t step) {
  check_defined("slice", x);
  const auto view = [=](const Tensor& t) { return t.slice(axis, start, stop, step); };
  return differentiable("slice", view(x.data()), grad(x, into_zeros(x, view)));
}

// select: one place on an axis, which goes.  dX = dY there, 0 elsewhere.
Variable select(const Variable& x, int axis, int64_t index) {
  check_defined("select", x);
  const auto view = [=](const Tensor& t) { return t.select(axis, index); };
  return differentiable("select", view(x.data()), grad(x, into_zeros(x, view)));
}

// expand: sizes of 1 repeat.  dX = dY, which the engine sums back.
Variable expand(const Variable& x, const Shape& shape) {
  return differentiable(
      "expand", x.data().expand(shape), grad(x, [](const Tensor& dy) { return dy; }));
}

}  // namespace lively
