#include "lively/nn/linear.h"

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"

namespace lively {

void WeightedLayer::register_weights(const Shape& shape, bool with_bias, Dtype dtype) {
  weight = parameter(Tensor::empty(shape, dtype));
  register_parameter("weight", weight);
  if (with_bias) {
    bias = parameter(Tensor::zeros(Shape{shape[0]}, dtype));
    register_parameter("bias", bias);
  }
  initialize_layer(*this, Initializer::parse("he_uniform"), Initializer::parse("zeros"),
      LayerPlace::inner, Seed{0}, 0);
}

Linear::Linear(int64_t in, int64_t out, Bias with_bias, Dtype dtype) {
  if (in < 1 || out < 1)
    fail<ValueError>("Linear: ", in, " inputs and ", out, " outputs: needs at least 1 of each");
  register_weights(Shape{out, in}, with_bias == Bias::learnt, dtype);
}

Variable Linear::forward(const Variable& x) { return linear(x, weight, bias); }

std::string Linear::describe() const {
  return message(
      "Linear(", weight.shape()[1], ", ", weight.shape()[0], bias.defined() ? ")" : ", no bias)");
}

}  // namespace lively
