#pragma once

#include <memory>
#include <string>

#include "lively/nn/mlp.h"
#include "lively/tensor/random.h"

namespace lively::lab {

// The networks of Lu et al. 2019, "Dying ReLU and Initialization".
enum class BirthLaw : uint8_t {
  he,   // N(0, 2/fan_in), biases 0. Not cut at two deviations, as the initialiser he_normal is
  rai,  // their randomized asymmetric initialisation
  he_bias_10,   // He's weights, all biases 10
  he_bias_100,  // or 100
  orthogonal,   // weights with orthogonal rows or columns (Saxe et al. 2014), biases 0
};
std::string name_of(BirthLaw law);  // "He", "RAI", "He, b = 10", "orthogonal"
// Without biases a network is positively homogeneous: how far its inputs reach makes no difference.
bool has_biases(BirthLaw law);

// `layers` counts the output, so that a recipe's --depth is one less.
struct NarrowShape {
  int layers = 10;
  int64_t width = 2, inputs = 1, outputs = 1;
};
MlpShape mlp_shape(const NarrowShape& shape);
std::unique_ptr<Sequential> narrow_net(const NarrowShape& shape);
void draw(Sequential& net, BirthLaw law, Seed seed);

// On all of x, is some hidden layer 0 in all its units? Such a network is constant on x, whatever
// its weights do behind that layer (their lemma 10).
bool has_dead_layer(Sequential& net, const Tensor& x);

// Evenly spaced points of [-reach, reach]^inputs, `a_side` along each axis: [a_side^inputs,
// inputs].
Tensor lattice(int64_t inputs, double reach, int64_t a_side);

}  // namespace lively::lab
