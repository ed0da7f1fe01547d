#include "apps/lab/treatment/twin.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/run/bare_run.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

int64_t planned(int64_t samples, int64_t batch_size, int64_t epochs) {
  return (samples + batch_size - 1) / batch_size * epochs;
}

int64_t scaled(int64_t steps, double share) {
  return std::max<int64_t>(1, std::llround(static_cast<double>(steps) * share));
}

// "bias:300,2" at a tenth: "bias:30,2".
std::string scaled_plant(const std::string& plant, double share) {
  if (!plant.starts_with("lr_step:") && !plant.starts_with("bias:") &&
      !plant.starts_with("weights:"))
    return plant;
  Spec spec = parse_spec(plant);
  spec.numbers[0] = static_cast<double>(scaled(static_cast<int64_t>(spec.numbers[0]), share));
  return spec.to_string();
}

// "nan_inputs:20000" where there are 10,000.
std::string bounded_plant(const std::string& plant, int64_t samples) {
  if (!plant.starts_with("outliers:") && !plant.starts_with("nan_inputs:")) return plant;
  Spec spec = parse_spec(plant);
  spec.numbers[0] = std::min(spec.numbers[0], static_cast<double>(samples));
  return spec.to_string();
}

}  // namespace

Settings twin_of(const Settings& recipe, const TwinLength& length, const DataSplits& data) {
  Settings s = without_files(recipe);
  s.liveness = Liveness::off;
  s.replay = s.audit = false;
  s.epochs = std::min(recipe.epochs, length.epochs);
  const int64_t samples = std::min(length.train, data.train.size()),
                whole = planned(data.train.size(), s.batch_size, recipe.epochs),
                twin = planned(samples, s.batch_size, s.epochs);
  s.plant = bounded_plant(s.plant, samples);
  if (twin == whole) return s;
  const double share = static_cast<double>(twin) / static_cast<double>(whole);
  if (s.warmup > 0) s.warmup = scaled(s.warmup, share);
  s.plant = scaled_plant(s.plant, share);
  return s;
}

std::optional<Reached> train_twin(
    const Settings& twin, const DataSplits& data, int64_t steps, const std::atomic<bool>& stop) {
  try {
    const auto came = bare_run(twin, data, {.steps = steps, .census = 0}, stop);
    if (!came) return std::nullopt;
    return Reached{came->accuracy, came->steps, came->finite, came->seconds};
  } catch (const ValueError&) {
    return std::nullopt;
  }
}

}  // namespace lively::lab
