#include "lively/nn/conv_transpose.h"

#include <algorithm>
#include <cmath>

#include "lively/tensor/random.h"

namespace lively {

ConvTranspose2d::ConvTranspose2d(int64_t in, int64_t out, Pair kernel,
    const ConvTransposeOptions& options, Bias with_bias, Dtype dtype)
    : options_(options) {
  if (in < 1 || out < 1 || kernel.h < 1 || kernel.w < 1 || options.stride.h < 1 ||
      options.stride.w < 1)
    fail<ValueError>("ConvTranspose2d: ", in, " to ", out, " channels, kernel ", kernel.h, "x",
        kernel.w, ", stride ", options.stride.h, "x", options.stride.w,
        ": needs at least 1 of each");
  if (options.groups < 1 || in % options.groups || out % options.groups)
    fail<ValueError>("ConvTranspose2d: ", in, " to ", out, " channels in ", options.groups,
        " groups: must divide both");
  // What conv_transpose2d would refuse, before there are weights.
  const auto least = [](Pair p, int64_t n) { return p.h >= n && p.w >= n; };
  const Pair extra = options.output_padding;
  if (!least(options.dilation, 1) || !least(options.padding, 0) || !least(extra, 0) ||
      extra.h >= std::max(options.stride.h, options.dilation.h) ||
      extra.w >= std::max(options.stride.w, options.dilation.w))
    fail<ValueError>("ConvTranspose2d: stride ", options.stride.h, "x", options.stride.w,
        ", padding ", options.padding.h, "x", options.padding.w, ", output padding ", extra.h, "x",
        extra.w, ", dilation ", options.dilation.h, "x", options.dilation.w,
        ": needs paddings of at least 0, a dilation of at least 1, and an output padding below the "
        "stride or the dilation");
  Tensor start = Tensor::empty({in, out / options.groups, kernel.h, kernel.w}, dtype);
  const double terms = static_cast<double>(in / options.groups * kernel.h * kernel.w) /
                       static_cast<double>(options.stride.h * options.stride.w);
  const double bound = std::sqrt(6 / terms);
  Stream stream(Seed{0}, "init");
  fill_uniform(start, stream, -bound, bound);
  weight = parameter(std::move(start));
  register_parameter("weight", weight);
  if (with_bias == Bias::none) return;
  bias = parameter(Tensor::zeros({out}, dtype));
  register_parameter("bias", bias);
}

std::string ConvTranspose2d::describe() const {
  const auto pair = [](Pair p) {
    return p.h == p.w ? std::to_string(p.h) : message(p.h, "x", p.w);
  };
  const Shape& s = weight.shape();
  std::string text =
      message("ConvTranspose2d(", s[0], ", ", s[1] * options_.groups, ", ", pair({s[2], s[3]}));
  const auto add = [&](const char* what, Pair p, int64_t usual) {
    if (p.h != usual || p.w != usual) text += message(", ", what, " ", pair(p));
  };
  add("stride", options_.stride, 1);
  add("padding", options_.padding, 0);
  add("output padding", options_.output_padding, 0);
  add("dilation", options_.dilation, 1);
  add("groups", options_.groups, 1);
  return text + (bias.defined() ? ")" : ", no bias)");
}

}  // namespace lively
