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

// In training mode each element is 0 with probability p, and the others are scaled by
// 1 / (1 - p). Batch t draws from the stream (seed, "dropout", t, place): `place` tells the
// dropouts of one network apart.
class Dropout final : public Module {
 public:
  // Throws ValueError unless 0 <= p < 1.
  explicit Dropout(double p, Seed seed = Seed{0}, uint32_t place = 0);
  Variable forward(const Variable& x) override;
  std::string describe() const override;

  // How many batches it has dropped from: what a checkpoint, or a census in training mode,
  // must put back.
  uint64_t batches() const { return batches_; }
  void set_batches(uint64_t n) { batches_ = n; }

 private:
  double p_;
  Seed seed_;
  uint32_t place_;
  uint64_t batches_ = 0;
};

}  // namespace lively
