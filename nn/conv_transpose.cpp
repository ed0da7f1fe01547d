#include "lively/nn/conv_transpose.h"

#include <cmath>

#include "lively/nn/convolution_text.h"
#include "lively/tensor/random.h"

namespace lively {

ConvTranspose2d::ConvTranspose2d(int64_t in, int64_t out, Pair kernel,
    const ConvTransposeOptions& options, Bias with_bias, Dtype dtype)
    : options_(options) {
  if (in < 1 || out < 1 || kernel.h < 1 || kernel.w < 1)
    fail<ValueError>("ConvTranspose2d: ", in, " to ", out, " channels, kernel ", kernel.h, "x",
        kernel.w, ": needs at least 1 of each");
  options.check("ConvTranspose2d");
  if (in % options.groups || out % options.groups)
    fail<ValueError>("ConvTranspose2d: ", in, " to ", out, " channels in ", options.groups,
        " groups: must divide both");
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
  const Shape& s = weight.shape();
  return detail::convolution_text("ConvTranspose2d", s[0], s[1] * options_.groups, {s[2], s[3]},
      {{"stride", options_.stride, 1}, {"padding", options_.padding, 0},
          {"output padding", options_.output_padding, 0}, {"dilation", options_.dilation, 1},
          {"groups", options_.groups, 1}},
      bias.defined());
}

}  // namespace lively
