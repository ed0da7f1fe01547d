#pragma once

#include "lively/nn/linear.h"

namespace lively {

// Convolution of pictures: [N, in, H, W] -> [N, out, OH, OW]; see tensor/conv.h.
class Conv2d final : public WeightedLayer {
 public:
  // weight [out, in / groups, kernel.h, kernel.w]. Throws ValueError if a size does not fit.
  Conv2d(int64_t in, int64_t out, Pair kernel, const ConvOptions& options = {},
      Bias bias = Bias::learnt, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  const ConvOptions& options() const { return options_; }
  const ConvOptions* convolution() const override { return &options_; }

 private:
  ConvOptions options_;
};

}  // namespace lively
