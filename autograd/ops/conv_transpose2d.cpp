#include <algorithm>

#include "lively/autograd/differentiable.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

constexpr const char* kOp = "conv_transpose2d";

// The pictures that come out: those whose convolution by the weight gives x's size. Throws.
Shape result_shape(const Shape& x, const Shape& weight, const ConvTransposeOptions& o) {
  if (x.rank() != 4 || weight.rank() != 4)
    fail<ShapeError>(kOp, ": ", x, " by ", weight, ": needs [N,C,H,W] by [C,O/groups,KH,KW]");
  o.check(kOp);
  if (weight[0] != x[1] || x[1] % o.groups != 0 || weight[0] < 1 || weight[1] < 1)
    fail<ShapeError>(kOp, ": ", x, " by ", weight, " in ", o.groups,
        o.groups == 1 ? " group" : " groups", ": channels do not fit");
  const auto out = [](int64_t size, int64_t stride, int64_t padding, int64_t dilation,
                       int64_t kernel, int64_t extra) {
    return size < 1 || kernel < 1
               ? int64_t{0}
               : (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1;
  };
  const int64_t oh =
      out(x[2], o.stride.h, o.padding.h, o.dilation.h, weight[2], o.output_padding.h);
  const int64_t ow =
      out(x[3], o.stride.w, o.padding.w, o.dilation.w, weight[3], o.output_padding.w);
  if (oh < 1 || ow < 1)
    fail<ShapeError>(kOp, ": ", x, " by ", weight, " to ", oh, "x", ow,
        ": needs at least one pixel before and after");
  return Shape{x[0], weight[1] * o.groups, oh, ow};
}

// x as the convolution of the result would have it: where the output padding reaches as far as a
// stride, with rows and columns of zeros after it.
Tensor reaching(const Tensor& x, const Shape& wanted) {
  if (x.shape() == wanted) return x;
  Tensor wide = empty_pictures(wanted, x.dtype());
  wide.fill(0);
  Tensor inner = wide.slice(2, 0, x.shape()[2]).slice(3, 0, x.shape()[3]);
  inner.copy_from(x);
  return wide;
}

}  // namespace

void ConvTransposeOptions::check(const char* op) const {
  const auto least = [](Pair p, int64_t n) { return p.h >= n && p.w >= n; };
  const Pair most(std::max(stride.h, dilation.h), std::max(stride.w, dilation.w));
  if (!least(stride, 1) || !least(dilation, 1) || !least(padding, 0) || !least(output_padding, 0) ||
      groups < 1 || output_padding.h >= most.h || output_padding.w >= most.w)
    fail<ValueError>(op, ": stride ", stride.h, "x", stride.w, ", padding ", padding.h, "x",
        padding.w, ", output padding ", output_padding.h, "x", output_padding.w, ", dilation ",
        dilation.h, "x", dilation.w, ", groups ", groups,
        ": needs paddings of at least 0, the others of at least 1, and an output padding below the "
        "stride or the dilation");
}

// conv_transpose2d: x [N, C, H, W], weight [C, O/groups, KH, KW], bias [O] -> y [N, O, OH, OW]:
// what conv2d with this weight makes of dL/dy for its input. So dX = conv2d of dY, dWeight = that
// of conv2d with x and dY in each other's place, dBias = Σ dY over N, OH, OW.
Variable conv_transpose2d(const Variable& x, const Variable& weight, const Variable& bias,
    const ConvTransposeOptions& options) {
  check_defined(kOp, x, weight);
  const Shape shape = result_shape(x.shape(), weight.shape(), options);
  const ConvOptions back{options.stride, options.padding, options.dilation, options.groups};
  if (bias.defined() && bias.shape() != Shape{shape[1]})
    fail<ShapeError>(kOp, ": bias ", bias.shape(), " for weight ", weight.shape(), ": needs [O]");
  for (const Variable* v : {&weight, &bias})
    if (v->defined() && (v->dtype() != x.dtype() || !is_floating(x.dtype())))
      fail<DtypeError>(kOp, ": ", name(x.dtype()), " and ", name(v->dtype()),
          ": needs float32 or float64, all the same");
  const Tensor wide = reaching(x.data(), conv2d_shape(shape, weight.shape(), back));
  Tensor y = conv2d_input_gradient(
      wide, weight.data(), shape, back, bias.defined() ? bias.data() : Tensor());
  const auto dx = [w = Saved(weight.data()), s = x.shape(), back](const Tensor& dy) {
    return conv2d(dy, w.get(), Tensor(), back).slice(2, 0, s[2]).slice(3, 0, s[3]);
  };
  const auto dw = [wide = Saved(wide), s = weight.shape(), back](
                      const Tensor& dy) { return conv2d_weight_gradient(wide.get(), dy, s, back); };
  if (!bias.defined()) return differentiable(kOp, std::move(y), grad(x, dx), grad(weight, dw));
  return differentiable(
      kOp, std::move(y), grad(x, dx), grad(weight, dw), grad(bias, [](const Tensor& dy) {
        return sum(dy.permute({0, 2, 3, 1}), {0, 1, 2});
      }));
}

}  // namespace lively
