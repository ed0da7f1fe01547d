#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/study/moment_map.h"
#include "lively/nn/initializer.h"

namespace lively::lab {

// A network without an end, to see what becomes of a signal: layers of Linear, an activation, and
// what is dropped behind it.
struct DeepNet {
  std::string activation = "selu";  // selu, relu or elu
  // The law of the weights. A "*" in it stands for 1 / √fan-in: "random_normal:0,*" is N(0, 1 /
  // fan-in).
  std::string weights = "lecun_normal";
  std::string biases = "zeros";
  bool standardised = false;  // then each unit's weights get the sum 0 and the sum of squares 1
  bool narrow = false;        // every second layer has a quarter of the width
  Drop drop = Drop::none;
  double rate = 0;
  int64_t width = 256;
  MeanVariance input{0, 1};  // of independent normal inputs, as many as a layer is wide
};

// For a layer of this fan-in; throws ValueError as Initializer::parse does.
Initializer weights_of(const DeepNet& net, int64_t fan_in);
ScaledElu activation_of(std::string_view name);  // throws ValueError for another

// What infinitely many units would make of the inputs, [0] them and [i] layer i.
std::vector<Signal> predicted_signal(const DeepNet& net, int depth);

struct MeasuredSignal {
  std::vector<Signal> layers;  // [0] the inputs
  // Share of the units whose weights lie where Theorem 1 of Klambauer et al. holds: a sum in
  // [-0.1, 0.1] and a sum of squares in [0.95, 1.1].
  double in_range = 0;
};
// Sends `inputs` samples through `depth` layers drawn from the seed, in float64 so that nothing
// leaves its range; nullopt: stopped. Nets of one seed have the same draws, scaled, of inputs and
// weights where their laws are of one shape.
std::optional<MeasuredSignal> measured_signal(
    const DeepNet& net, int depth, int64_t inputs, Seed seed, const std::atomic<bool>& stop);

}  // namespace lively::lab
