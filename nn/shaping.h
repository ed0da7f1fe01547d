#pragma once

#include "lively/nn/module.h"
#include "lively/tensor/random.h"

namespace lively {

// [N, …] -> [N, F].
class Flatten final : public Module {
 public:
  Variable forward(const Variable& x) override;
  std::string describe() const override { return "Flatten()"; }
};

// What the dropouts share. Batch t draws from the stream (seed, purpose, t, place): `place` tells
// the dropouts of one network apart.
class DropoutLayer : public Module {
 public:
  Variable forward(const Variable& x) override;
  std::string describe() const override;

  uint64_t* draws() override { return &batches_; }

 protected:
  using Op = Variable (*)(const Variable& x, double p, Stream& stream, bool training);
  // Throws ValueError unless 0 <= p <= 1.
  DropoutLayer(const char* name, const char* purpose, Op op, double p, Seed seed, uint32_t place);

 private:
  const char* name_;
  const char* purpose_;
  Op op_;
  double p_;
  Seed seed_;
  uint32_t place_;
  uint64_t batches_ = 0;  // that it has dropped from
};

// In training mode each element is 0 with probability p, and the others are scaled by
// 1 / (1 - p) (Srivastava et al. 2014).
class Dropout final : public DropoutLayer {
 public:
  explicit Dropout(double p, Seed seed = Seed{0}, uint32_t place = 0);
};

// Dropout for selu networks, which keeps mean 0 and variance 1 (Klambauer et al. 2017).
class AlphaDropout final : public DropoutLayer {
 public:
  explicit AlphaDropout(double p, Seed seed = Seed{0}, uint32_t place = 0);
};

}  // namespace lively
