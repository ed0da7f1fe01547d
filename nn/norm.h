#pragma once

#include "lively/autograd/ops.h"
#include "lively/nn/module.h"

namespace lively {

// Batch normalisation over axis 1 of [N, C] or [N, C, …] (Ioffe and Szegedy 2015): by the batch's
// moments in training mode, by the running ones in evaluation mode. PyTorch's names: weight, bias,
// running_mean, running_var and num_batches_tracked.
class BatchNorm : public Module {
 public:
  Variable forward(const Variable& x) override;
  // relu(forward(x)) in one pass, which counts the units on its way.
  Variable forward_relu(const Variable& x);
  std::string describe() const override;
  double eps() const { return eps_; }
  BatchNorm* as_norm() final { return this; }
  bool mixes_samples() const override { return is_training(); }

  Variable weight, bias;   // [C]
  RunningMoments running;  // running_mean, running_var

 protected:
  // Throws ValueError unless channels >= 1, eps > 0 and 0 <= momentum <= 1.
  BatchNorm(const char* name, int rank_least, int rank_most, int64_t channels, double eps,
      double momentum, Dtype dtype);

 private:
  using Op = Variable (*)(
      const Variable&, const Variable&, const Variable&, RunningMoments&, NormBy, double);
  Variable run(Op op, const Variable& x);

  const char* name_;
  int rank_least_, rank_most_;
  double eps_;
  Tensor batches_;  // int64 scalar
};

class BatchNorm1d final : public BatchNorm {  // [N, C] or [N, C, L]
 public:
  explicit BatchNorm1d(
      int64_t channels, double eps = 1e-5, double momentum = 0.1, Dtype dtype = Dtype::float32)
      : BatchNorm("BatchNorm1d", 2, 3, channels, eps, momentum, dtype) {}
};

class BatchNorm2d final : public BatchNorm {  // [N, C, H, W]
 public:
  explicit BatchNorm2d(
      int64_t channels, double eps = 1e-5, double momentum = 0.1, Dtype dtype = Dtype::float32)
      : BatchNorm("BatchNorm2d", 4, 4, channels, eps, momentum, dtype) {}
};

// Each sample by its own moments over its last axes, of these sizes (Ba et al. 2016).
class LayerNorm final : public Module {
 public:
  explicit LayerNorm(const Shape& sizes, double eps = 1e-5, Dtype dtype = Dtype::float32);
  Variable forward(const Variable& x) override { return layer_norm(x, weight, bias, eps_); }
  std::string describe() const override { return message("LayerNorm(", weight.shape(), ")"); }
  bool mixes_units() const override { return true; }
  Variable weight, bias;

 private:
  double eps_;
};

}  // namespace lively
