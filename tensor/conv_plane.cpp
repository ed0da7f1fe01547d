#include "lively/tensor/conv_plane.h"

#include <algorithm>

#include "lively/tensor/conv_tile.h"

namespace lively::detail {

template <class T>
Plane<T>::Plane(const Size& size)
    : size_(size),
      memory_(Tensor::zeros(Shape{size.numel() + kTileSlack}, dtype_of<T>())),
      data_(memory_.mutable_data<T>()) {}

template <class T>
void Plane<T>::load(const Tensor& pictures, int64_t n, int64_t first) {
  const Shape& s = pictures.strides();
  const T* from = pictures.data<T>() + n * s[0] + first * s[1];
  const int64_t pixels = size_.width, channels = size_.channels, pitch = size_.pitch;
  for (int64_t h = 0; h < size_.height; ++h) {
    const T* row = from + h * s[2];
    T* to = data_ + ((h + size_.top) * size_.padded_width() + size_.left) * pitch;
    if (s[1] == 1 && s[3] == channels && pitch == channels) {
      std::copy_n(row, pixels * channels, to);
    } else if (s[1] == 1) {
      for (int64_t w = 0; w < pixels; ++w) std::copy_n(row + w * s[3], channels, to + w * pitch);
    } else {
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t w = 0; w < pixels; ++w) to[w * pitch + c] = row[c * s[1] + w * s[3]];
    }
  }
}

template class Plane<float>;
template class Plane<double>;

}  // namespace lively::detail
