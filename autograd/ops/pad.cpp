#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"

namespace lively {

// pad: x in the middle of a larger tensor of `value`.  dX = dY there.
Variable pad(const Variable& x, const std::vector<Padding>& paddings, double value) {
  check_defined("pad", x);
  Shape shape = x.shape();
  for (const Padding& p : paddings) {
    if (p.before < 0 || p.after < 0)
      fail<ValueError>(
          "pad: ", p.before, " before and ", p.after, " after axis ", p.axis, ": needs at least 0");
    shape[shape.axis("pad", p.axis)] += p.before + p.after;
  }
  const auto inner = [paddings, s = x.shape()](const Tensor& whole) {
    Tensor view = whole;
    for (const Padding& p : paddings) {
      const int axis = s.axis("pad", p.axis);
      view = view.slice(axis, p.before, p.before + s[axis]);
    }
    return view;
  };
  // Channels-last pictures stay so.
  const bool last = x.rank() == 4 && x.data().strides()[1] == 1 && x.shape()[1] > 1;
  Tensor y = last ? empty_pictures(shape, x.dtype()) : Tensor::empty(shape, x.dtype());
  y.fill(value);
  Tensor place = inner(y);
  place.copy_from(x.data());
  return differentiable(
      "pad", std::move(y), grad(x, [inner](const Tensor& dy) { return inner(dy); }));
}

}  // namespace lively
