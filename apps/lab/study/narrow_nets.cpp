#include "apps/lab/study/narrow_nets.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/initializer.h"

namespace lively::lab {

std::string name_of(BirthLaw law) {
  switch (law) {
    case BirthLaw::he:
      return "He";
    case BirthLaw::rai:
      return "RAI";
    case BirthLaw::he_bias_10:
      return "He, b = 10";
    case BirthLaw::he_bias_100:
      return "He, b = 100";
    case BirthLaw::orthogonal:
      return "orthogonal";
  }
  return "";
}

bool has_biases(BirthLaw law) { return law != BirthLaw::he && law != BirthLaw::orthogonal; }

MlpShape mlp_shape(const NarrowShape& shape) {
  return {.inputs = shape.inputs,
      .depth = shape.layers - 1,
      .width = shape.width,
      .classes = shape.outputs};
}

std::unique_ptr<Sequential> narrow_net(const NarrowShape& shape) { return mlp(mlp_shape(shape)); }

void draw(Sequential& net, BirthLaw law, Seed seed) {
  if (law == BirthLaw::rai) return initialize(net, Initializer::parse("rai"), seed);
  if (law == BirthLaw::orthogonal) return initialize(net, Initializer::parse("orthogonal"), seed);
  const double bias = law == BirthLaw::he_bias_10 ? 10 : law == BirthLaw::he_bias_100 ? 100 : 0;
  uint64_t index = 0;
  for (std::size_t i = 0; i < net.size(); ++i)
    if (WeightedLayer* layer = net[i].as_weighted()) {
      const double deviation = std::sqrt(2 / fans(layer->weight.shape()).in);
      Stream stream(seed, "init", index++);
      fill_normal(layer->weight.mutable_data(), stream, 0, deviation);
      layer->bias.mutable_data().fill(bias);
    }
}

bool has_dead_layer(Sequential& net, const Tensor& x) {
  const NoGrad no_grad;
  Variable at(x);
  for (std::size_t i = 0; i < net.size(); ++i) {
    at = net[i](at);
    if (net[i].activation().empty()) continue;
    const Tensor y = at.data();
    if (std::ranges::all_of(y.values<float>(), [](float v) { return v == 0; })) return true;
  }
  return false;
}

Tensor lattice(int64_t inputs, double reach, int64_t a_side) {
  int64_t points = 1;
  for (int64_t i = 0; i < inputs; ++i) points *= a_side;
  Tensor x = Tensor::empty(Shape{points, inputs});
  const auto values = x.mutable_values<float>();
  for (int64_t p = 0, at = 0; p < points; ++p)
    for (int64_t i = 0, rest = p; i < inputs; ++i, rest /= a_side)
      values[static_cast<std::size_t>(at++)] = static_cast<float>(
          reach * (2 * static_cast<double>(rest % a_side) / static_cast<double>(a_side - 1) - 1));
  return x;
}

}  // namespace lively::lab
