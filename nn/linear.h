#pragma once

#include "lively/nn/module.h"
#include "lively/tensor/conv.h"

namespace lively {

// A layer whose units are weighted sums: what an Initializer fills. Axis 0 of the weight is
// the unit; the product of the others is its fan-in.
class WeightedLayer : public Module {
 public:
  Variable weight;  // [out, in, …]
  Variable bias;    // [out], or undefined

  WeightedLayer* as_weighted() final { return this; }
  // How the sums are taken over pictures; null: one product with each sample, [N, in].
  virtual const ConvOptions* convolution() const { return nullptr; }

 protected:
  // Registers both. They start as he_uniform and 0, drawn from seed 0; initialize() redraws.
  void register_weights(const Shape& weight_shape, bool with_bias, Dtype dtype);
};

enum class Bias : uint8_t { none, learnt };

// y = x · weightᵀ + bias: [N, in] -> [N, out].
class Linear final : public WeightedLayer {
 public:
  // Throws ValueError if a size is below 1.
  Linear(int64_t in, int64_t out, Bias bias = Bias::learnt, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override;
  std::string describe() const override;
};

}  // namespace lively
