#include "lively/data/resized.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/threads.h"

namespace lively {

Tensor resized(const Tensor& picture, int64_t height, int64_t width) {
  if (picture.rank() != 3 || picture.numel() == 0 || height < 1 || width < 1)
    fail<ShapeError>("resized: ", picture.shape(), " to ", height, " x ", width,
        ": needs [C,H,W] and sizes of at least 1");
  const int64_t channels = picture.shape()[0], h = picture.shape()[1], w = picture.shape()[2];
  const Tensor rows = picture.contiguous();
  const uint8_t* from = rows.data<uint8_t>();
  Tensor out = Tensor::empty({channels, height, width}, Dtype::uint8);
  uint8_t* to = out.mutable_data<uint8_t>();
  // How much of [at, at + 1) in the new picture's pixels, scaled to the old one's, covers old pixel
  // i.
  const auto cover = [](int64_t at, int64_t i, double scale) {
    return std::max(
        0.0, std::min<double>(static_cast<double>(i + 1), static_cast<double>(at + 1) * scale) -
                 std::max<double>(static_cast<double>(i), static_cast<double>(at) * scale));
  };
  const double sy = static_cast<double>(h) / static_cast<double>(height),
               sx = static_cast<double>(w) / static_cast<double>(width);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x, ++to) {
        double sum = 0;
        for (auto i = static_cast<int64_t>(static_cast<double>(y) * sy);
             i < h && static_cast<double>(i) < static_cast<double>(y + 1) * sy; ++i)
          for (auto j = static_cast<int64_t>(static_cast<double>(x) * sx);
               j < w && static_cast<double>(j) < static_cast<double>(x + 1) * sx; ++j)
            sum += cover(y, i, sy) * cover(x, j, sx) * from[(c * h + i) * w + j];
        *to = static_cast<uint8_t>(std::lround(std::clamp(sum / (sx * sy), 0.0, 255.0)));
      }
    }
  }
  return out;
}

ImageDataset resized(const ImageDataset& set, int64_t height, int64_t width) {
  if (set.pixels().dtype() != Dtype::uint8)
    fail<ValueError>(
        "--resize ", height, "x", width, ": is for pictures held as bytes, not for numbers");
  Tensor pixels = Tensor::empty({set.size(), set.sample_shape()[0], height, width}, Dtype::uint8);
  uint8_t* to = pixels.mutable_data<uint8_t>();
  const int64_t bytes = set.sample_shape()[0] * height * width;
  parallel_for(set.size(), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Tensor one = resized(set.pixels().select(0, i), height, width);
      std::copy_n(one.data<uint8_t>(), bytes, to + i * bytes);
    }
  });
  return {pixels, set.labels(), set.classes()};
}

}  // namespace lively
