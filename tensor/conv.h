#pragma once

#include "lively/tensor/tensor.h"

namespace lively {

// A number for each of the two axes of a picture; one number stands for both.
struct Pair {
  constexpr Pair(int64_t both) : h(both), w(both) {}
  constexpr Pair(int64_t high, int64_t wide) : h(high), w(wide) {}
  int64_t h, w;
};

struct ConvOptions {
  Pair stride = 1;
  Pair padding = 0;    // zeros around the picture
  Pair dilation = 1;   // distance of neighbouring taps
  int64_t groups = 1;  // channels fall into groups that do not see each other
};

// Convolution (cross-correlation, as everywhere in deep learning) of pictures x [N, C, H, W] with
// weight [O, C / groups, KH, KW] -> y [N, O, OH, OW], OH = (H + 2 padding - dilation (KH - 1) - 1)
// / stride + 1. Pictures of any strides are taken; results lie channels-last in memory. Direct:
// register tiles, no large copies (conv_tile.h).
// All throw ShapeError or ValueError naming conv2d, DtypeError unless all are float32 or float64.

Shape conv2d_shape(const Shape& x, const Shape& weight, const ConvOptions& options);
// `bias` [O] may be undefined.
Tensor conv2d(
    const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options);
// dL/dx [N, C, H, W] from dL/dy, plus `bias` [C], if that is defined: a transposed convolution.
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& weight, const Shape& x,
    const ConvOptions& options, const Tensor& bias = {});
// dL/dweight from dL/dy. Samples are summed in eight parts whatever the threads, so the bits do
// not depend on their number.
Tensor conv2d_weight_gradient(
    const Tensor& dy, const Tensor& x, const Shape& weight, const ConvOptions& options);

// The same as plain loops: the oracle.
Tensor plain_conv2d(
    const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options);

// A new tensor for pictures [N, C, H, W] that lies channels-last in memory.
Tensor empty_pictures(const Shape& shape, Dtype dtype);
// Itself if it lies so without gaps, else a copy that does.
Tensor channels_last(const Tensor& pictures);

}  // namespace lively
