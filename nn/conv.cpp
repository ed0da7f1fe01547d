#include "lively/nn/conv.h"

#include "lively/autograd/ops.h"
#include "lively/nn/convolution_text.h"

namespace lively {

Conv2d::Conv2d(
    int64_t in, int64_t out, Pair kernel, const ConvOptions& options, Bias bias, Dtype dtype)
    : options_(options) {
  if (in < 1 || out < 1 || kernel.h < 1 || kernel.w < 1)
    fail<ValueError>("Conv2d: ", in, " to ", out, " channels, kernel ", kernel.h, "x", kernel.w,
        ": needs at least 1 of each");
  if (options.groups < 1 || in % options.groups || out % options.groups)
    fail<ValueError>(
        "Conv2d: ", in, " to ", out, " channels in ", options.groups, " groups: must divide both");
  register_weights({out, in / options.groups, kernel.h, kernel.w}, bias == Bias::learnt, dtype);
}

Variable Conv2d::forward(const Variable& x) { return conv2d(x, weight, bias, options_); }

std::string Conv2d::describe() const {
  const Shape& s = weight.shape();
  return detail::convolution_text("Conv2d", s[1] * options_.groups, s[0], {s[2], s[3]},
      {{"stride", options_.stride, 1}, {"padding", options_.padding, 0},
          {"dilation", options_.dilation, 1}, {"groups", options_.groups, 1}},
      bias.defined());
}

}  // namespace lively
