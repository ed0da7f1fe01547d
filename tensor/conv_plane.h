// internal: the pictures that the register tiles of convolution read.
#pragma once

#include <cstdint>

#include "lively/tensor/tensor.h"

namespace lively::detail {

// One sample's channels, copied side by side for each pixel, with a border of zeros: what lies
// outside the picture needs no test in the tiles. At L2 size, the copy costs a few percent.
template <class T>
class Plane {
 public:
  struct Size {
    int64_t channels, height, width;                   // of the picture
    int64_t top = 0, left = 0, bottom = 0, right = 0;  // of the border
    int64_t pitch = 0;                                 // numbers a pixel, at least the channels
    int64_t padded_width() const { return left + width + right; }
    int64_t padded_height() const { return top + height + bottom; }
    int64_t numel() const { return padded_height() * padded_width() * pitch; }
  };
  explicit Plane(const Size& size);

  // Copies channels [first, first + channels) of sample n of pictures [N, C, H, W].
  void load(const Tensor& pictures, int64_t n, int64_t first);
  const T* data() const { return data_; }

 private:
  Size size_;
  Tensor memory_;
  T* data_;
};

}  // namespace lively::detail
