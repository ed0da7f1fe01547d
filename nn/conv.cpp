#include "lively/nn/conv.h"

#include "lively/autograd/ops.h"

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
  const auto pair = [](Pair p) {
    return p.h == p.w ? std::to_string(p.h) : message(p.h, "x", p.w);
  };
  const Shape& s = weight.shape();
  std::string text =
      message("Conv2d(", s[1] * options_.groups, ", ", s[0], ", ", pair({s[2], s[3]}));
  const auto add = [&](const char* what, Pair p, int64_t usual) {
    if (p.h != usual || p.w != usual) text += message(", ", what, " ", pair(p));
  };
  add("stride", options_.stride, 1);
  add("padding", options_.padding, 0);
  add("dilation", options_.dilation, 1);
  add("groups", options_.groups, 1);
  return text + (bias.defined() ? ")" : ", no bias)");
}

}  // namespace lively
