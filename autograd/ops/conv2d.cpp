#include "lively/tensor/conv.h"

#include "lively/autograd/differentiable.h"
#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/reduce.h"

namespace lively {

// conv2d: x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] -> y [N, O, OH, OW].
// dX = dY convolved with the flipped weight, dWeight = x convolved with dY, dBias = Σ dY over
// N, OH, OW.
Variable conv2d(
    const Variable& x, const Variable& weight, const Variable& bias, const ConvOptions& options) {
  check_defined("conv2d", x, weight);
  const auto dx = [w = Saved(weight.data()), s = x.shape(), options](
                      const Tensor& dy) { return conv2d_input_gradient(dy, w.get(), s, options); };
  const auto dw = [x = Saved(x.data()), s = weight.shape(), options](
                      const Tensor& dy) { return conv2d_weight_gradient(dy, x.get(), s, options); };
  Tensor y = conv2d(x.data(), weight.data(), bias.defined() ? bias.data() : Tensor(), options);
  if (detail::wants_derivations())
    detail::t_observation.listener->derived({.kind = Derivation::Kind::conv2d,
        .result = y,
        .x = x.data(),
        .weight = weight.data(),
        .bias = bias.defined() ? bias.data() : Tensor(),
        .conv = options});
  if (!bias.defined()) return differentiable("conv2d", std::move(y), grad(x, dx), grad(weight, dw));
  return differentiable(
      "conv2d", std::move(y), grad(x, dx), grad(weight, dw), grad(bias, [](const Tensor& dy) {
        return sum(dy.permute({0, 2, 3, 1}), {0, 1, 2});
      }));
}

}  // namespace lively
