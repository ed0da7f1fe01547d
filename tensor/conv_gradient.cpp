#include "lively/tensor/conv_geometry.h"

namespace lively {
namespace {

using detail::Band, detail::BandWork, detail::Geometry, detail::PackedWeights, detail::Plane,
    detail::Tap, detail::TileBlock, detail::TilePixels, detail::bands_of, detail::check_float,
    detail::group_of;

// One axis of the input gradient: pixel phase + i · stride of x is met by tap k of the output
// pixel i + step, for those (k, step) with phase + padding - k · dilation = stride · step.
struct Meeting {
  int64_t k, step;
};
std::vector<Meeting> meetings(
    int64_t phase, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  std::vector<Meeting> found;
  for (int64_t k = kernel - 1; k >= 0; --k) {  // so that steps rise
    const int64_t way = phase + padding - k * dilation;
    if (way % stride == 0) found.push_back({k, way / stride});
  }
  return found;
}

// The border that the steps of an axis reach into, beyond `size` output pixels, from `count`
// pixels.
struct Border {
  int64_t before = 0, after = 0;
  void include(const std::vector<Meeting>& steps, int64_t count, int64_t size) {
    for (const Meeting& m : steps) {
      before = std::max(before, -m.step);
      after = std::max(after, count - 1 + m.step - (size - 1));
    }
  }
};

int64_t phase_count(int64_t size, int64_t phase, int64_t stride) {
  return size > phase ? (size - phase + stride - 1) / stride : 0;
}

constexpr int64_t kParts = 8;  // of the samples, summed on their own in the weights' gradient

template <class T>
void input_group(const Tensor& dy, const Tensor& weight, const T* bias, const Geometry& g,
    int64_t group, T* dx) {
  const ConvOptions& opt = g.options;
  const auto along_h = [&](int64_t phase) {
    return meetings(phase, g.kh, opt.stride.h, opt.padding.h, opt.dilation.h);
  };
  const auto along_w = [&](int64_t phase) {
    return meetings(phase, g.kw, opt.stride.w, opt.padding.w, opt.dilation.w);
  };
  Border rows, columns;
  for (int64_t a = 0; a < opt.stride.h; ++a)
    rows.include(along_h(a), phase_count(g.h, a, opt.stride.h), g.oh);
  for (int64_t b = 0; b < opt.stride.w; ++b)
    columns.include(along_w(b), phase_count(g.w, b, opt.stride.w), g.ow);
  const int64_t out = g.group_out();
  const typename Plane<T>::Size size{
      out, g.oh, g.ow, rows.before, columns.before, rows.after, columns.after, out};

  struct Phase {
    std::vector<BandWork> bands;
    PackedWeights<T> weights;
  };
  std::vector<Phase>
      phases;  // a stride of s takes every s-th pixel of x, from each of its beginnings
  const Tensor flipped = group_of(weight, g, group).transpose(0, 1);
  for (int64_t a = 0; a < std::min(opt.stride.h, g.h); ++a) {
    for (int64_t b = 0; b < std::min(opt.stride.w, g.w); ++b) {
      std::vector<Tap> taps;
      std::vector<int64_t> steps;
      const std::vector<Meeting> across = along_w(b);
      for (const Meeting& i : along_h(a)) {
        steps.push_back(i.step);
        for (const Meeting& j : across)
          taps.push_back({(i.step * size.padded_width() + j.step) * out, i.k, j.k});
      }
      std::vector<BandWork> bands;
      for (const Band& band : bands_of(phase_count(g.h, a, opt.stride.h), 1, steps, g.oh)) {
        TilePixels& pixels =
            bands.emplace_back(band, taps, static_cast<int64_t>(across.size()), out).pixels;
        for (int64_t i = band.first; i < band.last; ++i) {
          for (int64_t j = 0; j < phase_count(g.w, b, opt.stride.w); ++j) {
            pixels.in.push_back(static_cast<int32_t>(
                ((i + rows.before) * size.padded_width() + j + columns.before) * out));
            pixels.out.push_back(
                static_cast<int32_t>(((a + i * opt.stride.h) * g.w + b + j * opt.stride.w) * g.c));
          }
        }
      }
      phases.push_back({std::move(bands), PackedWeights<T>(flipped, taps)});
    }
  }
  std::vector<T> start(static_cast<std::size_t>(g.group_in() + 64));
  if (bias) std::copy_n(bias + group * g.group_in(), g.group_in(), start.begin());
  parallel_for(g.n, 1, [&](int64_t begin, int64_t end) {
    Plane<T> plane(size);
    for (int64_t n = begin; n < end; ++n) {
      plane.load(dy, n, group * out);
      for (const Phase& phase : phases)
        for (const TileBlock& b : phase.weights.blocks())
          for (const BandWork& band : phase.bands)
            detail::tile_product(band.pixels, band.runs, plane.data(),
                phase.weights.of(b) + band.weights_before * b.width, start.data() + b.first, b,
                std::min(b.width, g.group_in() - b.first),
                dx + n * g.h * g.w * g.c + group * g.group_in() + b.first);
    }
  });
}

template <class T>
void weight_group(const Tensor& dy, const Tensor& x, const Geometry& g, int64_t group, Tensor& dw) {
  const auto size = g.plane<T>();
  const std::vector<Tap> taps = g.taps(size.padded_width());
  const std::vector<BandWork> bands = g.bands(size.padded_width(), taps);
  const std::vector<TileBlock> blocks = detail::tile_blocks<T>(g.group_out());
  const int64_t width = blocks.back().first + blocks.back().width,
                rows = static_cast<int64_t>(taps.size()) * g.group_in();
  // Rows of dy are read where they lie if they are whole blocks, else from a copy.
  const bool in_place = width == g.group_out() && dy.strides() == channels_last_strides(dy.shape());
  const int64_t parts = std::min(kParts, g.n);
  Tensor part_sums = Tensor::zeros(Shape{parts * rows * width}, dtype_of<T>());
  T* sums = part_sums.mutable_data<T>();
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    Plane<T> plane(size);
    Plane<T> gradient({g.group_out(), in_place ? 0 : g.oh, g.ow, 0, 0, 0, 0, width});
    for (int64_t part = begin; part < end; ++part) {
      for (int64_t n = g.n * part / parts; n < g.n * (part + 1) / parts; ++n) {
        plane.load(x, n, group * g.group_in());
        if (!in_place) gradient.load(dy, n, group * g.group_out());
        const T* rows_of_dy = in_place
                                  ? dy.data<T>() + n * g.oh * g.ow * g.o + group * g.group_out()
                                  : gradient.data();
        const int64_t pitch = in_place ? g.o : width;
        for (const TileBlock& b : blocks)
          for (const BandWork& band : bands)
            detail::tile_weights(band.pixels, band.runs, plane.data(),
                rows_of_dy + band.first_pixel * pitch + b.first, pitch, b,
                sums + (part * rows + band.weights_before) * width + b.first, width);
      }
    }
  });
  for (int64_t part = 1; part < parts; ++part)
    for (int64_t i = 0; i < rows * width; ++i) sums[i] += sums[part * rows * width + i];
  T* to = dw.mutable_data<T>() + group * g.group_out() * rows;
  for (int64_t o = 0; o < g.group_out(); ++o)
    for (std::size_t t = 0; t < taps.size(); ++t)
      for (int64_t c = 0; c < g.group_in(); ++c)
        to[((o * g.group_in() + c) * g.kh + taps[t].kh) * g.kw + taps[t].kw] =
            sums[(static_cast<int64_t>(t) * g.group_in() + c) * width + o];
}

}  // namespace

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& weight, const Shape& x,
    const ConvOptions& options, const Tensor& bias) {
  check_defined("conv2d", dy, weight);
  const Geometry g(x, weight.shape(), options);
  check_float(dy, weight);
  Tensor dx = empty_pictures(x, dy.dtype());
  visit_float("conv2d", dy.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Tensor row = bias.defined() ? bias.contiguous() : bias;
    for (int64_t group = 0; group < options.groups; ++group)
      input_group<T>(
          dy, weight, row.defined() ? row.data<T>() : nullptr, g, group, dx.mutable_data<T>());
  });
  return dx;
}

Tensor conv2d_weight_gradient(
    const Tensor& dy, const Tensor& x, const Shape& weight, const ConvOptions& options) {
  check_defined("conv2d", dy, x);
  const Geometry g(x.shape(), weight, options);
  check_float(dy, x);
  Tensor dw = Tensor::zeros(weight, dy.dtype());
  if (g.n == 0) return dw;
  visit_float("conv2d", dy.dtype(), [&](auto zero) {
    for (int64_t group = 0; group < options.groups; ++group)
      weight_group<decltype(zero)>(dy, x, g, group, dw);
  });
  return dw;
}

}  // namespace lively
