#pragma once

#include "lively/autograd/ops.h"
#include "lively/nn/module.h"

namespace lively {

// Norms of each sample by its own moments, which need no batch and know no modes, but for the
// running moments that an InstanceNorm may keep. PyTorch's names: weight, bias, running_mean,
// running_var, num_batches_tracked.

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  // weight and bias are learnt
  Dtype dtype = Dtype::float32;
};

// Over groups of channels of [N, C, …], with all their positions (Wu and He 2018).
class GroupNorm final : public Module {
 public:
  // Throws ValueError unless groups >= 1 divide the channels, and eps > 0.
  GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options = {});
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  bool mixes_units() const override { return true; }

  Variable weight, bias;  // [C], or undefined

 private:
  int64_t groups_, channels_;
  double eps_;
};

struct InstanceNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;             // share of the new batch in the running moments
  bool affine = false;               // weight and bias are learnt
  bool track_running_stats = false;  // and used in evaluation mode
  Dtype dtype = Dtype::float32;
};

// Over the positions of each channel (Ulyanov et al. 2016), of samples [N, C, …] or of one, [C, …].
class InstanceNorm : public Module {
 public:
  Variable forward(const Variable& x) override;
  std::string describe() const override;
  bool mixes_units() const override { return true; }
  bool mixes_samples() const override { return is_training() && running.mean.defined(); }

  Variable weight, bias;   // [C], or undefined
  RunningMoments running;  // means over the batch; undefined unless they are tracked

 protected:
  // Throws ValueError unless channels >= 1, eps > 0 and 0 <= momentum <= 1.
  InstanceNorm(const char* name, int rank, int64_t channels, const InstanceNormOptions& options);

 private:
  const char* name_;
  int rank_;
  int64_t channels_;
  double eps_;
  Tensor batches_;  // int64 scalar, which PyTorch keeps and leaves at 0
};

class InstanceNorm1d final : public InstanceNorm {  // [N, C, L] or [C, L]
 public:
  explicit InstanceNorm1d(int64_t channels, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm1d", 3, channels, options) {}
};

class InstanceNorm2d final : public InstanceNorm {  // [N, C, H, W] or [C, H, W]
 public:
  explicit InstanceNorm2d(int64_t channels, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm2d", 4, channels, options) {}
};

}  // namespace lively
