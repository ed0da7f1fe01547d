#include "apps/lab/recipe/preset.h"

#include <algorithm>

#include "lively/tensor/spec.h"

namespace lively::lab {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{
      {"healthy", Verdict::healthy, "the defaults, on 10,000 pictures", "--quick",
          "--quick --depth 8 --width 8 --epochs 1"},
      {"sparse", Verdict::healthy,
          "batches of one: nearly all gradient entries are 0, and nothing is wrong",
          "--quick --batch-size 1 --momentum 0 --epochs 1", nullptr},
      {"exploding", Verdict::exploding, "steps so large that the loss grows without bound",
          "--quick --init random_uniform", "--quick --depth 8 --width 8 --epochs 1 --lr 100"},
      {"rate_too_large", Verdict::exploding, "good weights, but a learning rate of 1",
          "--quick --lr 1", nullptr},
      {"poisoned", Verdict::poisoned, "one picture holds NaN", "--quick --plant nan_inputs:1",
          "--quick --depth 8 --width 8 --epochs 1 --plant nan_inputs:1"},
      {"constant_input", Verdict::wiring, "every picture is the same",
          "--quick --plant constant_input",
          "--quick --depth 8 --width 8 --epochs 1 --plant constant_input"},
      {"shuffled_labels", Verdict::uninformative_labels,
          "labels that have nothing to do with the pictures", "--quick --plant shuffled_labels",
          "--quick --depth 8 --width 8 --epochs 1 --plant shuffled_labels"},
      {"frozen_loss", Verdict::frozen_loss, "a saturated softmax and a loss that clips it",
          "--quick --init random_uniform --loss clipped_cross_entropy --optimizer adam --lr 0.001",
          "--quick --depth 8 --width 8 --epochs 1 --loss clipped_cross_entropy --lr 30 --schedule "
          "constant"},
      {"frozen_optimizer", Verdict::frozen_optimizer,
          "gradients so large that Adam divides by infinity",
          "--quick --depth 40 --init random_uniform --optimizer adam --lr 0.001",
          "--quick --depth 8 --width 8 --epochs 1 --batch-size 64 --init random_normal:0,1e6 "
          "--optimizer adam --lr 0.001",
          "weights so large that a step is less than their last digit"},
      {"born_dead", Verdict::born_dead,
          "narrow, deep, and with biases below 0: silent before the first step",
          "--quick --depth 10 --width 2 --bias-init constant:-1", nullptr},
      {"died", Verdict::died, "Adam at a rate of 0.2 kills a layer",
          "--quick --width 32 --optimizer adam --lr 0.2",
          "--quick --depth 8 --width 8 --epochs 1 --plant bias:30",
          "the first normalisation, which no shortcut goes around, is pushed down"},
      {"vanishing", Verdict::vanishing, "small weights: the signal shrinks sevenfold in each layer",
          "--quick --depth 12 --init random_uniform:-0.03,0.03", nullptr},
      {"vanishing_gradient", Verdict::vanishing,
          "saturated tanh: the signal arrives, the gradient does not come back",
          "--quick --depth 10 --activation tanh --init random_normal:0,3", nullptr},
      {"starved_step", Verdict::starved_step,
          "clipping so tight that every step is scaled down to next to nothing",
          "--quick --clip 0.0001", "--quick --depth 8 --width 8 --epochs 1 --clip 0.0001"},
      {"over_regularised", Verdict::over_regularised,
          "a weight decay so large that it shrinks all weights to 0", "--quick --weight-decay 1",
          "--quick --depth 8 --width 8 --epochs 1 --weight-decay 10"},
      {"oscillating", Verdict::oscillating, "steps that overshoot",
          "--quick --depth 2 --activation tanh --batch-size 8 --lr 0.05", nullptr},
      {"slow", Verdict::slow, "a learning rate a hundred times too small",
          "--quick --optimizer adam --lr 0.00001",
          "--quick --depth 8 --width 8 --epochs 1 --lr 0.0001",
          "a learning rate a thousand times too small"},
  };
  return all;
}

std::vector<std::string_view> preset_names(Architecture architecture) {
  std::vector<std::string_view> names;
  for (const Preset& p : presets())
    if (architecture == Architecture::mlp || p.resnet) names.push_back(p.name);
  return names;
}

void apply_preset(std::string_view name, Settings& settings) {
  const auto known = preset_names(settings.architecture);
  if (std::ranges::find(known, name) == known.end()) fail_unknown(name, "preset", known);
  const Preset& preset = *std::ranges::find(presets(), name, &Preset::name);
  parse_flags(settings.architecture == Architecture::mlp ? preset.mlp : preset.resnet, settings);
}

}  // namespace lively::lab
