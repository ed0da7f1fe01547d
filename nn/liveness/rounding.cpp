#include "lively/nn/liveness/rounding.h"

#include <cmath>

namespace lively {
namespace {

double number_at(const Tensor& t, int64_t offset) {
  return visit_float("census", t.dtype(),
      [&](auto zero) { return static_cast<double>(t.data<decltype(zero)>()[offset]); });
}

// Of a [units] tensor.
double number_of(const Tensor& t, int64_t unit) {
  return std::abs(number_at(t, unit * t.strides()[0]));
}

double linear_magnitude(const Derivation& d, int64_t sample, int64_t unit) {
  double total = 0;
  for (int64_t k = 0; k < d.x.shape()[1]; ++k)
    total +=
        std::abs(number_at(d.weight, unit * d.weight.strides()[0] + k * d.weight.strides()[1]) *
                 number_at(d.x, sample * d.x.strides()[0] + k * d.x.strides()[1]));
  return total;
}

double conv_magnitude(const Derivation& d, int64_t sample, int64_t unit, int64_t position) {
  const Shape &w = d.weight.shape(), &x = d.x.shape(), &ws = d.weight.strides(),
              &xs = d.x.strides();
  const int64_t width = d.result.shape()[3], first = unit / (w[0] / d.conv.groups) * w[1];
  double total = 0;
  for (int64_t c = 0; c < w[1]; ++c) {
    for (int64_t i = 0; i < w[2]; ++i) {
      for (int64_t j = 0; j < w[3]; ++j) {
        const int64_t y =
            position / width * d.conv.stride.h - d.conv.padding.h + i * d.conv.dilation.h;
        const int64_t at =
            position % width * d.conv.stride.w - d.conv.padding.w + j * d.conv.dilation.w;
        if (y < 0 || y >= x[2] || at < 0 || at >= x[3]) continue;
        total +=
            std::abs(number_at(d.weight, unit * ws[0] + c * ws[1] + i * ws[2] + j * ws[3]) *
                     number_at(d.x, sample * xs[0] + (first + c) * xs[1] + y * xs[2] + at * xs[3]));
      }
    }
  }
  return total;
}

}  // namespace

double detail::element(const Tensor& t, int64_t sample, int64_t unit, int64_t position) {
  int64_t offset = sample * t.strides()[0] + unit * t.strides()[1];
  for (int axis = t.rank() - 1; axis >= 2; --axis) {
    offset += position % t.shape()[axis] * t.strides()[axis];
    position /= t.shape()[axis];
  }
  return number_at(t, offset);
}

detail::Rounding::Sum detail::Rounding::sum(
    const Tensor& z, int64_t sample, int64_t unit, int64_t position) const {
  for (auto d = made_.rbegin(); d != made_.rend(); ++d) {
    if (d->result.bytes() != z.bytes() || d->result.shape() != z.shape()) continue;
    Sum s;
    switch (d->kind) {
      case Derivation::Kind::linear:
        s = {linear_magnitude(*d, sample, unit), d->x.shape()[1]};
        break;
      case Derivation::Kind::conv2d:
        s = {conv_magnitude(*d, sample, unit, position), d->weight.numel() / d->weight.shape()[0]};
        break;
      case Derivation::Kind::affine:
        s = sum(d->x, sample, unit, position);
        return {(s.magnitude + number_of(d->mean, unit)) * number_of(d->scale, unit) +
                    number_of(d->bias, unit),
            s.terms + 3};
      case Derivation::Kind::sum: {
        const Sum a = sum(d->x, sample, unit, position), b = sum(d->other, sample, unit, position);
        return {a.magnitude + b.magnitude, std::max(a.terms, b.terms) + 1};
      }
    }
    if (d->bias.defined()) s.magnitude += number_of(d->bias, unit);
    return s;
  }
  return {std::abs(element(z, sample, unit, position)), 0};
}

double detail::Rounding::bound(
    const Tensor& z, int64_t sample, int64_t unit, int64_t position) const {
  const Sum s = sum(z, sample, unit, position);
  const double ku =
      static_cast<double>(s.terms) * std::ldexp(1.0, z.dtype() == Dtype::float32 ? -24 : -53);
  return s.terms == 0 ? 0 : ku / (1 - ku) * s.magnitude;
}

}  // namespace lively
