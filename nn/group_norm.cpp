#include "lively/nn/group_norm.h"

#include "lively/autograd/modes.h"

#include "lively/tensor/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {
namespace {

Variable learnt(double value, int64_t channels, Dtype dtype) {
  return parameter(Tensor::full({channels}, value, dtype));
}

// The axes of positions, and that of samples too if `with_samples`.
Axes positions(int rank, bool with_samples) {
  std::vector<int> axes;
  if (with_samples) axes.push_back(0);
  for (int i = 2; i < rank; ++i) axes.push_back(i);
  return axes;
}

void move_towards(Tensor& old, const Tensor& fresh, double share) {
  old.copy_from(add(old, mul(sub(fresh, old), Tensor::scalar(share, old.dtype()))));
}

}  // namespace

GroupNorm::GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options)
    : groups_(groups), channels_(channels), eps_(options.eps) {
  if (groups < 1 || channels < 1 || channels % groups != 0 || !(options.eps > 0))
    fail<ValueError>("GroupNorm: ", channels, " channels in ", groups,
        groups == 1 ? " group" : " groups", ", eps ", options.eps,
        ": needs at least 1 of each, groups that divide the channels, and eps above 0");
  if (!options.affine) return;
  weight = learnt(1, channels, options.dtype);
  bias = learnt(0, channels, options.dtype);
  register_parameter("weight", weight);
  register_parameter("bias", bias);
}

Variable GroupNorm::forward(const Variable& x) {
  check_defined("group_norm", x);
  if (x.rank() < 2 || x.shape()[1] != channels_)
    fail<ShapeError>("GroupNorm: ", x.shape(), ": needs [N, ", channels_, ", ...]");
  return weight.defined() ? group_norm(x, groups_, weight, bias, eps_)
                          : group_norm(x, groups_, eps_);
}

std::string GroupNorm::describe() const {
  return message("GroupNorm(", groups_, ", ", channels_, weight.defined() ? ")" : ", no weights)");
}

InstanceNorm::InstanceNorm(
    const char* name, int rank, int64_t channels, const InstanceNormOptions& options)
    : name_(name), rank_(rank), channels_(channels), eps_(options.eps) {
  if (channels < 1 || !(options.eps > 0) || !(options.momentum >= 0 && options.momentum <= 1))
    fail<ValueError>(name, ": ", channels, " channels, eps ", options.eps, ", momentum ",
        options.momentum, ": needs at least 1, above 0, and from 0 to 1");
  if (options.affine) {
    weight = learnt(1, channels, options.dtype);
    bias = learnt(0, channels, options.dtype);
    register_parameter("weight", weight);
    register_parameter("bias", bias);
  }
  if (options.track_running_stats) {
    running = {Tensor::zeros({channels}, options.dtype), Tensor::ones({channels}, options.dtype),
        options.momentum};
    batches_ = Tensor::zeros({}, Dtype::int64);
    register_buffer("running_mean", running.mean);
    register_buffer("running_var", running.variance);
    register_buffer("num_batches_tracked", batches_);
  }
}

Variable InstanceNorm::forward(const Variable& x) {
  check_defined(name_, x);
  const int missing = rank_ - x.rank();  // 1: a sample alone
  if (missing < 0 || missing > 1 || x.shape()[1 - missing] != channels_)
    fail<ShapeError>(name_, ": ", x.shape(), ": needs [N,", channels_,
        rank_ == 3 ? ",L] or [" : ",H,W] or [", channels_, rank_ == 3 ? ",L]" : ",H,W]");
  if (missing) return reshape(forward(reshape(x, x.data().unsqueeze(0).shape())), x.shape());
  if (running.mean.defined() && !is_training()) {
    const auto or_else = [&](const Variable& v, double value) {
      return v.defined() ? v : Variable(Tensor::full({channels_}, value, x.dtype()));
    };
    return batch_norm(x, or_else(weight, 1), or_else(bias, 0), running, NormBy::running, eps_);
  }
  Variable y = weight.defined() ? instance_norm(x, weight, bias, eps_) : instance_norm(x, eps_);
  if (running.mean.defined() && x.numel() > 0) {
    if (detail::t_modes.part)
      fail<StateError>(
          name_, ": a part of a batch does not have the batch's moments: run it in one part");
    move_towards(running.mean, mean(x.data(), positions(rank_, true)), running.momentum);
    move_towards(
        running.variance, mean(var(x.data(), positions(rank_, false)), {0}), running.momentum);
  }
  return y;
}

std::string InstanceNorm::describe() const { return message(name_, "(", channels_, ")"); }

}  // namespace lively
