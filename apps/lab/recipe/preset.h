#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "lively/nn/liveness/diagnose.h"

namespace lively::lab {

// A run that shows one failure, or what only looks like one, in seconds: its flags, and the verdict
// that it ends with on Fashion-MNIST and on the synthetic digits.
struct Preset {
  std::string_view name;
  Verdict verdict;
  const char* about;   // a line
  const char* mlp;     // flags of mnist_mlp
  const char* resnet;  // of mnist_resnet; null: it has none that shows this in seconds
  const char* resnet_about = nullptr;  // where the same failure comes about in another way
};

const std::vector<Preset>& presets();

// The names that a program knows.
std::vector<std::string_view> preset_names(Architecture architecture);

// Fills in a preset's flags. Throws ValueError if there is none of that name.
void apply_preset(std::string_view name, Settings& settings);

}  // namespace lively::lab
