#include "lively/tensor/conv.h"

namespace lively {

Tensor plain_conv2d(
    const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& o) {
  check_defined("conv2d", x, weight);
  const Shape shape = conv2d_shape(x.shape(), weight.shape(), o);
  const int64_t in = weight.shape()[1], out = shape[1] / o.groups, kh = weight.shape()[2],
                kw = weight.shape()[3];
  Tensor y = Tensor::zeros(shape, x.dtype());
  visit_float("conv2d", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Tensor pictures = x.contiguous(), kernel = weight.contiguous();
    const T *from = pictures.data<T>(), *w = kernel.data<T>();
    T* to = y.mutable_data<T>();
    const int64_t h = x.shape()[2], width = x.shape()[3];
    for (int64_t n = 0; n < shape[0]; ++n)
      for (int64_t c = 0; c < shape[1]; ++c)
        for (int64_t i = 0; i < shape[2]; ++i)
          for (int64_t j = 0; j < shape[3]; ++j, ++to) {
            *to = bias.defined() ? static_cast<T>(bias.at({c})) : T(0);
            for (int64_t k = 0; k < in; ++k)
              for (int64_t a = 0; a < kh; ++a)
                for (int64_t b = 0; b < kw; ++b) {
                  const int64_t row = i * o.stride.h + a * o.dilation.h - o.padding.h;
                  const int64_t column = j * o.stride.w + b * o.dilation.w - o.padding.w;
                  if (row < 0 || row >= h || column < 0 || column >= width) continue;
                  const int64_t channel = c / out * in + k;
                  *to += w[((c * in + k) * kh + a) * kw + b] *
                         from[((n * x.shape()[1] + channel) * h + row) * width + column];
                }
          }
  });
  return y;
}

}  // namespace lively
