#include "lively/data/transform.h"

#include <algorithm>
#include <utility>

namespace lively {
namespace {

// Row-major pictures, ready to be written to.
float* pictures_of(const char* name, Tensor& x) {
  if (x.rank() != 4) fail<ShapeError>(name, ": ", x.shape(), ": needs [N,C,H,W]");
  x = x.contiguous();
  return x.mutable_data<float>();
}

}  // namespace

Transform normalize(std::vector<double> mean, std::vector<double> deviation) {
  if (mean.size() != deviation.size() || mean.empty() ||
      std::ranges::any_of(deviation, [](double d) { return !(d > 0); }))
    fail<ValueError>("normalize: ", mean.size(), " means and ", deviation.size(),
        " deviations: needs as many of both, deviations above 0");
  return [mean = std::move(mean), deviation = std::move(deviation)](Tensor& x, Stream&) {
    float* p = pictures_of("normalize", x);
    const auto channels = static_cast<std::size_t>(x.size(1));
    if (channels != mean.size())
      fail<ShapeError>(
          "normalize: ", x.shape(), " with ", mean.size(), " means: needs one a channel");
    const int64_t pixels = x.size(2) * x.size(3);
    for (int64_t n = 0; n < x.size(0); ++n)
      for (std::size_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < pixels; ++i, ++p)
          *p = (*p - static_cast<float>(mean[c])) / static_cast<float>(deviation[c]);
  };
}

Transform pad_crop(int64_t pixels) {
  if (pixels < 0) fail<ValueError>("pad_crop: ", pixels, " pixels: needs at least 0");
  return [pixels](Tensor& x, Stream& stream) {
    const float* from = pictures_of("pad_crop", x);
    Tensor moved = Tensor::zeros(x.shape());
    float* to = moved.mutable_data<float>();
    const int64_t c = x.size(1), h = x.size(2), w = x.size(3);
    for (int64_t n = 0; n < x.size(0); ++n) {
      const auto draw = [&] {
        return static_cast<int64_t>(stream.below(static_cast<uint64_t>(2 * pixels + 1))) - pixels;
      };
      const int64_t down = draw(), right = draw();
      const int64_t first = std::max<int64_t>(0, right),
                    count = std::max<int64_t>(0, w - std::abs(right));
      for (int64_t k = 0; k < c; ++k) {
        for (int64_t row = std::max<int64_t>(0, down); row < std::min(h, h + down); ++row) {
          const int64_t plane = (n * c + k) * h;
          std::copy_n(from + (plane + row - down) * w + first - right, count,
              to + (plane + row) * w + first);
        }
      }
    }
    x = std::move(moved);
  };
}

Transform horizontal_flip(double p) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>("horizontal_flip: p ", p, ": must be from 0 to 1");
  return [p](Tensor& x, Stream& stream) {
    float* row = pictures_of("horizontal_flip", x);
    const int64_t rows = x.size(1) * x.size(2), w = x.size(3);
    for (int64_t n = 0; n < x.size(0); ++n) {
      const bool flip = stream.uniform() < p;
      for (int64_t i = 0; i < rows; ++i, row += w)
        if (flip) std::reverse(row, row + w);
    }
  };
}

Transform compose(std::vector<Transform> transforms) {
  return [transforms = std::move(transforms)](Tensor& x, Stream& stream) {
    for (const Transform& t : transforms) t(x, stream);
  };
}

}  // namespace lively
