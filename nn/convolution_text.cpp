#include "lively/nn/convolution_text.h"

namespace lively::detail {

std::string convolution_text(const char* kind, int64_t in, int64_t out, Pair kernel,
    std::initializer_list<ConvolutionOption> options, bool has_bias) {
  const auto pair = [](Pair p) {
    return p.h == p.w ? std::to_string(p.h) : message(p.h, "x", p.w);
  };
  std::string text = message(kind, "(", in, ", ", out, ", ", pair(kernel));
  for (const ConvolutionOption& o : options)
    if (o.value.h != o.usual || o.value.w != o.usual)
      text += message(", ", o.name, " ", pair(o.value));
  return text + (has_bias ? ")" : ", no bias)");
}

}  // namespace lively::detail
