#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lively/nn/linear.h"
#include "lively/tensor/random.h"

namespace lively {

// Where a layer stands: RAI treats the first one differently, since only its inputs may be
// negative.
enum class LayerPlace : uint8_t { first, inner };

// How many inputs feed a unit, and how many units an input feeds: [out, in, k…] has
// in · k… and out · k…. A bias [n] has √n of both, as in Keras.
struct Fans {
  double in, out;
};
Fans fans(const Shape& weight);

// How a layer's weights are drawn: a name with parameters that parses and prints, as
// "he_normal", "he_normal:0.3" for leaky units of that slope, "random_uniform:-0.05,0.05" or "rai".
// Names are Keras's, with PyTorch's (kaiming_uniform, xavier_normal …) as aliases. Laws and
// sources: nn/README.md.
class Initializer {
 public:
  // Throws ValueError that names the text, with the nearest known name, or the parameter that
  // does not fit.
  static Initializer parse(std::string_view text);
  static std::vector<std::string> names();

  std::string to_string() const;  // parses back to the same
  // The law with the numbers that this layer gets: "U(-0.0875, 0.0875)", "N(0, 0.05)" (mean
  // and deviation).
  std::string resolved(const Shape& weight, LayerPlace place = LayerPlace::inner) const;
  // The variance of the law of one weight.
  double target_variance(const Shape& weight, LayerPlace place = LayerPlace::inner) const;
  // The bounds of a uniform law; none for others.
  struct Bounds {
    double low, high;
  };
  std::optional<Bounds> bounds(const Shape& weight) const;

  // Draws the weight and, where the law is joint (rai), the bias too; gives whether it did.
  // Throws ShapeError where the law does not fit a weight of this shape.
  bool fill(Tensor& weight, Tensor* bias, LayerPlace place, Stream& stream) const;

 private:
  struct Law;
  static const Law* find(std::string_view name);
  Initializer() = default;

  const Law* law_ = nullptr;
  double first_ = 0, second_ = 0;  // parameters, by law
};

// Redraws one layer, or all layers of a model in order of named_modules(). Each layer has a
// stream of its own, (seed, "init", index), so that changing one leaves the others.
void initialize_layer(WeightedLayer& layer, const Initializer& weights, const Initializer& biases,
    LayerPlace place, Seed seed, uint64_t index);
void initialize(Module& model, const Initializer& weights, Seed seed,
    const Initializer& biases = Initializer::parse("zeros"));

// What initialize() made of each layer.
struct LayerAudit {
  std::string name;  // "0", as in named_modules()
  Shape weight;
  std::string law;  // resolved()
  double target_variance;
  double measured_variance;
  double gain;  // rms of a relu layer's signal, out over in: sqrt(fan_in · E[w²] / 2)
};
std::vector<LayerAudit> audit(Module& model, const Initializer& weights);

}  // namespace lively
