#include "lively/nn/norm.h"

namespace lively {

BatchNorm::BatchNorm(const char* name, int rank_least, int rank_most, int64_t channels, double eps,
    double momentum, Dtype dtype)
    : name_(name), rank_least_(rank_least), rank_most_(rank_most), eps_(eps) {
  if (channels < 1 || !(eps > 0) || !(momentum >= 0 && momentum <= 1))
    fail<ValueError>(name, ": ", channels, " channels, eps ", eps, ", momentum ", momentum,
        ": needs at least 1, above 0, and from 0 to 1");
  const Shape shape{channels};
  weight = parameter(Tensor::ones(shape, dtype));
  bias = parameter(Tensor::zeros(shape, dtype));
  running = {Tensor::zeros(shape, dtype), Tensor::ones(shape, dtype), momentum};
  batches_ = Tensor::zeros({}, Dtype::int64);
  register_parameter("weight", weight);
  register_parameter("bias", bias);
  register_buffer("running_mean", running.mean);
  register_buffer("running_var", running.variance);
  register_buffer("num_batches_tracked", batches_);
}

Variable BatchNorm::run(Op op, const Variable& x) {
  check_defined(name_, x);
  if (x.rank() < rank_least_ || x.rank() > rank_most_)
    fail<ShapeError>(name_, ": ", x.shape(), ": needs ", rank_least_,
        rank_least_ == rank_most_ ? "" : " or 3", " axes");
  Variable y = op(x, weight, bias, running, is_training() ? NormBy::batch : NormBy::running, eps_);
  if (is_training()) ++batches_.mutable_data<int64_t>()[0];
  return y;
}

Variable BatchNorm::forward(const Variable& x) { return run(batch_norm, x); }
Variable BatchNorm::forward_relu(const Variable& x) { return run(batch_norm_relu, x); }
std::string BatchNorm::describe() const { return message(name_, "(", weight.numel(), ")"); }

LayerNorm::LayerNorm(const Shape& sizes, double eps, Dtype dtype) : eps_(eps) {
  if (sizes.numel() < 1 || sizes.rank() < 1 || !(eps > 0))
    fail<ValueError>(
        "LayerNorm: sizes ", sizes, ", eps ", eps, ": needs at least one element, and eps above 0");
  weight = parameter(Tensor::ones(sizes, dtype));
  bias = parameter(Tensor::zeros(sizes, dtype));
  register_parameter("weight", weight);
  register_parameter("bias", bias);
}

}  // namespace lively
