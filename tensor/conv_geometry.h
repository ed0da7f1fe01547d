// internal: what convolution and its gradients have in common.
#pragma once

#include <algorithm>
#include <vector>

#include "lively/tensor/conv.h"
#include "lively/tensor/conv_plane.h"
#include "lively/tensor/conv_tile.h"
#include "lively/tensor/threads.h"

namespace lively::detail {

// A place of the kernel, and how far from a window's beginning the pixel lies that it meets.
struct Tap {
  int64_t offset;  // in numbers of the plane
  int64_t kh, kw;
};

// Taps whose pixels lie side by side are one run.
inline std::vector<TileRun> runs_of(const std::vector<Tap>& taps, int64_t channels) {
  std::vector<TileRun> runs;
  for (const Tap& tap : taps) {
    if (!runs.empty() && runs.back().offset + runs.back().length == tap.offset) {
      runs.back().length += channels;
    } else {
      runs.push_back({tap.offset, channels});
    }
  }
  return runs;
}

// Rows of pixels that see the same rows of the kernel. Those beyond the picture's edge would only
// multiply zeros: a tenth of the work at 7 x 7 pixels.
struct Band {
  int64_t first = 0, last = 0;          // rows of pixels [first, last)
  int64_t tap_first = 0, tap_last = 0;  // rows of the kernel
};

// For `count` rows of pixels: row i meets the rows i · scale + steps[k] of a picture of that
// height.
inline std::vector<Band> bands_of(
    int64_t count, int64_t scale, const std::vector<int64_t>& steps, int64_t height) {
  std::vector<Band> bands;
  for (int64_t i = 0; i < count; ++i) {
    int64_t begin = 0, end = static_cast<int64_t>(steps.size());
    const auto at = [&](int64_t k) { return i * scale + steps[static_cast<std::size_t>(k)]; };
    while (begin < end && at(begin) < 0) ++begin;
    while (begin < end && at(end - 1) >= height) --end;
    if (bands.empty() || bands.back().tap_first != begin || bands.back().tap_last != end)
      bands.push_back({i, i, begin, end});
    bands.back().last = i + 1;
  }
  return bands;
}

// What the tiles do for one band.
struct BandWork {
  TilePixels pixels;
  std::vector<TileRun> runs;
  int64_t first_pixel = 0;
  int64_t weights_before = 0;  // rows of packed weights that the band passes over

  // `taps`: all of the kernel, `per_row` to a row of it.
  BandWork(const Band& band, const std::vector<Tap>& taps, int64_t per_row, int64_t channels)
      : runs(runs_of(
            {taps.begin() + band.tap_first * per_row, taps.begin() + band.tap_last * per_row},
            channels)),
        weights_before(band.tap_first * per_row * channels) {}
};

// The weights [out, in, KH, KW] of one group in the order in which the tile meets them: for each
// block of output channels [taps, in, block].
template <class T>
class PackedWeights {
 public:
  PackedWeights(const Tensor& weight, const std::vector<Tap>& taps)
      : blocks_(tile_blocks<T>(weight.shape()[0])) {
    const int64_t out = weight.shape()[0], in = weight.shape()[1];
    const Shape& s = weight.strides();
    rows_ = static_cast<int64_t>(taps.size()) * in;
    packed_ =
        Tensor::zeros(Shape{rows_ * (blocks_.back().first + blocks_.back().width)}, dtype_of<T>());
    T* to = packed_.mutable_data<T>();
    for (const TileBlock& block : blocks_) {
      const int64_t width = std::min(block.width, out - block.first);
      for (const Tap& tap : taps) {
        const T* from = weight.data<T>() + block.first * s[0] + tap.kh * s[2] + tap.kw * s[3];
        for (int64_t i = 0; i < in; ++i, to += block.width)
          for (int64_t o = 0; o < width; ++o) to[o] = from[o * s[0] + i * s[1]];
      }
    }
  }
  const std::vector<TileBlock>& blocks() const { return blocks_; }
  const T* of(const TileBlock& block) const { return packed_.data<T>() + rows_ * block.first; }

 private:
  std::vector<TileBlock> blocks_;
  Tensor packed_;  // pooled, as all that is large here
  int64_t rows_ = 0;
};

// The sizes of one convolution; `x` and `y` are its input and output.
struct Geometry {
  int64_t n, c, h, w;  // of x
  int64_t o, oh, ow;   // of y
  int64_t kh, kw;
  ConvOptions options;

  Geometry(const Shape& x, const Shape& weight, const ConvOptions& opt) : options(opt) {
    const Shape y = conv2d_shape(x, weight, opt);
    n = x[0], c = x[1], h = x[2], w = x[3];
    o = y[1], oh = y[2], ow = y[3];
    kh = weight[2], kw = weight[3];
  }
  int64_t group_in() const { return c / options.groups; }
  int64_t group_out() const { return o / options.groups; }

  // What the forward pass and the weights' gradient read of x.
  template <class T>
  typename Plane<T>::Size plane() const {
    const Pair p = options.padding;
    return {group_in(), h, w, p.h, p.w, p.h, p.w, group_in()};
  }
  std::vector<Tap> taps(int64_t padded_width) const {
    std::vector<Tap> taps;
    for (int64_t i = 0; i < kh; ++i)
      for (int64_t j = 0; j < kw; ++j)
        taps.push_back(
            {(i * options.dilation.h * padded_width + j * options.dilation.w) * group_in(), i, j});
    return taps;
  }
  std::vector<BandWork> bands(int64_t padded_width, const std::vector<Tap>& taps) const {
    std::vector<int64_t> steps;
    for (int64_t k = 0; k < kh; ++k) steps.push_back(k * options.dilation.h - options.padding.h);
    std::vector<BandWork> work;
    for (const Band& band : bands_of(oh, options.stride.h, steps, h)) {
      BandWork& b = work.emplace_back(band, taps, kw, group_in());
      b.first_pixel = band.first * ow;
      for (int64_t i = band.first; i < band.last; ++i) {
        for (int64_t j = 0; j < ow; ++j) {
          b.pixels.in.push_back(static_cast<int32_t>(
              (i * options.stride.h * padded_width + j * options.stride.w) * group_in()));
          b.pixels.out.push_back(static_cast<int32_t>((i * ow + j) * o));
        }
      }
    }
    return work;
  }
};

// The weights [out, in, KH, KW] of one group.
inline Tensor group_of(const Tensor& weight, const Geometry& g, int64_t group) {
  return weight.slice(0, group * g.group_out(), (group + 1) * g.group_out());
}

inline void check_float(const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype()) || a.dtype() != b.dtype())
    fail<DtypeError>("conv2d: ", name(a.dtype()), " and ", name(b.dtype()),
        ": needs float32 or float64, all the same");
}

}  // namespace lively::detail
