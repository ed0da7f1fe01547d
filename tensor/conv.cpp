#include "lively/tensor/conv.h"

#include "lively/tensor/conv_geometry.h"

namespace lively {
namespace {

using detail::BandWork, detail::Geometry, detail::PackedWeights, detail::Plane, detail::Tap,
    detail::TileBlock, detail::check_float, detail::group_of;

template <class T>
void forward_group(
    const Tensor& x, const Tensor& weight, const T* bias, const Geometry& g, int64_t group, T* y) {
  const auto size = g.plane<T>();
  const std::vector<Tap> taps = g.taps(size.padded_width());
  const std::vector<BandWork> bands = g.bands(size.padded_width(), taps);
  const PackedWeights<T> weights(group_of(weight, g, group), taps);
  std::vector<T> start(static_cast<std::size_t>(g.group_out() + 64));
  if (bias) std::copy_n(bias + group * g.group_out(), g.group_out(), start.begin());
  parallel_for(g.n, 1, [&](int64_t begin, int64_t end) {
    Plane<T> plane(size);
    for (int64_t n = begin; n < end; ++n) {
      plane.load(x, n, group * g.group_in());
      for (const TileBlock& b : weights.blocks())
        for (const BandWork& band : bands)
          detail::tile_product(band.pixels, band.runs, plane.data(),
              weights.of(b) + band.weights_before * b.width, start.data() + b.first, b,
              std::min(b.width, g.group_out() - b.first),
              y + n * g.oh * g.ow * g.o + group * g.group_out() + b.first);
    }
  });
}

}  // namespace

Shape conv2d_shape(const Shape& x, const Shape& weight, const ConvOptions& opt) {
  if (x.rank() != 4 || weight.rank() != 4)
    fail<ShapeError>("conv2d: ", x, " by ", weight, ": needs [N,C,H,W] by [O,C/groups,KH,KW]");
  const auto positive = [](Pair p) { return p.h >= 1 && p.w >= 1; };
  if (!positive(opt.stride) || !positive(opt.dilation) || opt.padding.h < 0 || opt.padding.w < 0 ||
      opt.groups < 1)
    fail<ValueError>("conv2d: stride ", opt.stride.h, "x", opt.stride.w, ", padding ",
        opt.padding.h, "x", opt.padding.w, ", dilation ", opt.dilation.h, "x", opt.dilation.w,
        ", groups ", opt.groups, ": needs padding of at least 0, the others of at least 1");
  if (weight[0] < 1 || weight[1] < 1)
    fail<ShapeError>("conv2d: weight ", weight, ": needs channels");
  if (weight[1] * opt.groups != x[1] || weight[0] % opt.groups != 0)
    fail<ShapeError>("conv2d: ", x, " by ", weight, " in ", opt.groups,
        opt.groups == 1 ? " group" : " groups", ": channels do not fit");
  const auto out = [](int64_t size, int64_t padding, int64_t dilation, int64_t kernel,
                       int64_t stride) {
    const int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
    return kernel < 1 || room < 0 ? int64_t{0} : room / stride + 1;
  };
  const int64_t oh = out(x[2], opt.padding.h, opt.dilation.h, weight[2], opt.stride.h);
  const int64_t ow = out(x[3], opt.padding.w, opt.dilation.w, weight[3], opt.stride.w);
  if (oh < 1 || ow < 1)
    fail<ShapeError>("conv2d: ", x, " by ", weight, ": the picture is smaller than the kernel");
  return Shape{x[0], weight[0], oh, ow};
}

Tensor empty_pictures(const Shape& shape, Dtype dtype) {
  return Tensor::empty_strided(shape, channels_last_strides(shape), dtype);
}

Tensor channels_last(const Tensor& pictures) {
  check_defined("channels_last", pictures);
  if (pictures.strides() == channels_last_strides(pictures.shape())) return pictures;
  Tensor copy = empty_pictures(pictures.shape(), pictures.dtype());
  copy.copy_from(pictures);
  return copy;
}

Tensor conv2d(
    const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options) {
  check_defined("conv2d", x, weight);
  const Geometry g(x.shape(), weight.shape(), options);
  check_float(x, weight);
  if (bias.defined()) check_float(x, bias);
  if (bias.defined() && bias.shape() != Shape{g.o})
    fail<ShapeError>("conv2d: bias ", bias.shape(), " for weight ", weight.shape(), ": needs [O]");
  Tensor y = empty_pictures({g.n, g.o, g.oh, g.ow}, x.dtype());
  visit_float("conv2d", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Tensor row = bias.defined() ? bias.contiguous() : bias;
    for (int64_t group = 0; group < options.groups; ++group)
      forward_group<T>(
          x, weight, row.defined() ? row.data<T>() : nullptr, g, group, y.mutable_data<T>());
  });
  return y;
}

}  // namespace lively
