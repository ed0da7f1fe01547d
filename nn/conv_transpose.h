#pragma once

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/nn/module.h"

namespace lively {

// Transposed convolution of pictures: [N, in, H, W] -> [N, out, OH, OW]; see conv_transpose2d.
//
// No WeightedLayer: the first axis of its weight is the input, as in PyTorch's files, so
// initialisers leave it as it starts, and causes and prophecies of units behind it say that they do
// not know. It starts with he_uniform's law for the in / groups · KH · KW / (stride.h · stride.w)
// products that a unit sums on average, drawn from seed 0, and bias 0.
class ConvTranspose2d final : public Module {
 public:
  // weight [in, out / groups, kernel.h, kernel.w]. Throws ValueError if a size does not fit.
  ConvTranspose2d(int64_t in, int64_t out, Pair kernel, const ConvTransposeOptions& options = {},
      Bias bias = Bias::learnt, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override {
    return conv_transpose2d(x, weight, bias, options_);
  }
  std::string describe() const override;
  bool mixes_units() const override { return true; }
  const ConvTransposeOptions& options() const { return options_; }

  Variable weight;
  Variable bias;  // [out], or undefined

 private:
  ConvTransposeOptions options_;
};

}  // namespace lively
