#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/ops.h"

namespace lively {
namespace {

// Where x lies in the padded tensor, axis by axis.
struct Frame {
  Shape inner, outer;
  std::vector<Padding> paddings;  // of axes counted from the front

  Frame(const Shape& x, const std::vector<Padding>& all) : inner(x), outer(x), paddings(all) {
    unsigned seen = 0;
    for (Padding& p : paddings) {
      if (p.before < 0 || p.after < 0)
        fail<ValueError>("pad: ", p.before, " before and ", p.after, " after axis ", p.axis,
            ": needs at least 0");
      const int axis = x.axis("pad", p.axis);
      if (seen & (1u << axis)) fail<ValueError>("pad: axis ", p.axis, " of ", x, ": named twice");
      seen |= 1u << axis;
      p.axis = axis;
      int64_t around = 0;
      if (__builtin_add_overflow(p.before, p.after, &around) ||
          __builtin_add_overflow(outer[axis], around, &outer[axis]))
        fail<ShapeError>("pad: ", p.before, " before and ", p.after, " after axis ", p.axis, " of ",
            x, ": too large");
    }
  }
  // x's own part of a padded tensor; `from`: only along the paddings from that one on.
  Tensor inside(const Tensor& whole, std::size_t from = 0) const {
    Tensor view = whole;
    for (std::size_t i = from; i < paddings.size(); ++i) {
      const Padding& p = paddings[i];
      view = view.slice(p.axis, p.before, p.before + inner[p.axis]);
    }
    return view;
  }
};

// A padded tensor with x in its place and the rest not set. Channels-last pictures stay so.
Tensor framed(const Frame& frame, const Tensor& x, double value) {
  const bool last = x.rank() == 4 && x.strides()[1] == 1 && x.shape()[1] > 1;
  Tensor y = last ? empty_pictures(frame.outer, x.dtype()) : Tensor::empty(frame.outer, x.dtype());
  y.fill(value);
  Tensor place = frame.inside(y);
  place.copy_from(x);
  return y;
}

// Calls copy(place, source) for the padding along one axis of `view`: both are places on it.
template <class Copy>
void each_copy(const Padding& p, int64_t size, PadMode mode, const Copy& copy) {
  const int64_t step = mode == PadMode::reflect, first = p.before, last = p.before + size - 1;
  for (int64_t k = 1; k <= p.before; ++k) copy(first - k, first + k * step);
  for (int64_t k = 1; k <= p.after; ++k) copy(last + k, last - k * step);
}

}  // namespace

// pad: x in the middle of a larger tensor of `value`.  dX = dY there.
Variable pad(const Variable& x, const std::vector<Padding>& paddings, double value) {
  check_defined("pad", x);
  const Frame frame(x.shape(), paddings);
  return differentiable("pad", framed(frame, x.data(), value),
      grad(x, [frame](const Tensor& dy) { return frame.inside(dy); }));
}

// The same with x's own elements around it, one axis after the other, so that corners are those of
// corners.  dX = dY there, plus dY of each copy where it came from.
Variable pad(const Variable& x, const std::vector<Padding>& paddings, PadMode mode) {
  check_defined("pad", x);
  const Frame frame(x.shape(), paddings);
  for (const Padding& p : frame.paddings) {
    const int64_t size = x.shape()[p.axis], most = std::max(p.before, p.after);
    if (mode == PadMode::reflect ? most > 0 && most >= size : most > 0 && size == 0)
      fail<ShapeError>("pad: ", p.before, " before and ", p.after, " after axis ", p.axis, " of ",
          x.shape(),
          mode == PadMode::reflect ? ": a reflection needs fewer than there are"
                                   : ": there is nothing to repeat");
  }
  Tensor y = framed(frame, x.data(), 0);
  for (std::size_t i = 0; i < frame.paddings.size(); ++i) {
    const Padding& p = frame.paddings[i];
    const Tensor view = frame.inside(y, i + 1);
    each_copy(p, x.shape()[p.axis], mode, [&](int64_t place, int64_t source) {
      view.select(p.axis, place).copy_from(view.select(p.axis, source));
    });
  }
  return differentiable("pad", std::move(y), grad(x, [frame, mode](const Tensor& dy) {
    Tensor whole = Tensor::empty_strided(
        dy.shape(), dy.is_dense() ? dy.strides() : row_major_strides(dy.shape()), dy.dtype());
    whole.copy_from(dy);
    for (std::size_t i = frame.paddings.size(); i-- > 0;) {
      const Padding& p = frame.paddings[i];
      const Tensor view = frame.inside(whole, i + 1);
      each_copy(p, frame.inner[p.axis], mode, [&](int64_t place, int64_t source) {
        Tensor to = view.select(p.axis, source);
        to.copy_from(add(to, view.select(p.axis, place)));
      });
    }
    return frame.inside(whole);
  }));
}

}  // namespace lively
