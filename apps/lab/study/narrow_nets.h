#pragma once

#include <memory>
#include <string>

#include "lively/nn/sequential.h"
#include "lively/tensor/random.h"

namespace lively::lab {

// The networks of Lu et al. 2019, "Dying ReLU and Initialization".
enum class BirthLaw : uint8_t {
  he,   // N(0, 2/fan_in), biases 0. Not cut at two deviations, as the initialiser he_normal is
  rai,  // their randomized asymmetric initialisation
};
std::string name_of(BirthLaw law);  // "He", "RAI"

// `layers` counts the output, so that a recipe's --depth is one less.
struct NarrowShape {
  int layers = 10;
  int64_t width = 2, inputs = 1, outputs = 1;
};
std::unique_ptr<Sequential> narrow_net(const NarrowShape& shape);
void draw(Sequential& net, BirthLaw law, Seed seed);

// On all of x, is some hidden layer 0 in all its units? Such a network is constant on x, whatever
// its weights do behind that layer (their lemma 10).
bool has_dead_layer(Sequential& net, const Tensor& x);

// Evenly spaced points of [-reach, reach]^inputs, `a_side` along each axis: [a_side^inputs,
// inputs].
Tensor lattice(int64_t inputs, double reach, int64_t a_side);

}  // namespace lively::lab
