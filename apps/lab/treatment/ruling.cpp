#include "apps/lab/treatment/ruling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "apps/lab/recipe/flag_table.h"
#include "lively/nn/initializer.h"

namespace lively::lab {
namespace {

using enum Verdict;
using Codes = std::vector<Verdict>;

constexpr double kRisen = 2;    // last loss over the larger of the first and the label entropy
constexpr double kHalf = 0.5;   // of a layer dead
constexpr double kFaint = 0.1;  // standard deviation of a logit
constexpr double kBack = 0.8;   // of the fall of the loss lost again: it overshot

Codes of_plant(const std::string& plant) {
  const std::string_view name = std::string_view(plant).substr(0, plant.find(':'));
  if (name == "nan_inputs") return {poisoned};
  if (name == "outliers") return {exploding, poisoned, died, wiring};
  if (name == "constant_input") return {wiring};
  if (name == "shuffled_labels") return {uninformative_labels};
  if (name == "lr_step") return {exploding, died, oscillating};
  return {died};
}

Codes of_rate(double sick, double healed) {
  if (sick == 0) return {wiring};
  if (healed < sick) return {exploding, died, oscillating, frozen_optimizer};
  return {slow, starved_step};
}

// Do all units of a layer begin as copies of one?
bool all_alike(const std::string& init) {
  return init.starts_with("constant") || init == "zeros" || init == "ones";
}

// What one flag's change tests.
Codes of_flag(std::string_view flag, const Settings& sick, const Settings& healed) {
  if (flag == "--plant") return of_plant(sick.plant);
  if (flag == "--loss") return {frozen_loss};
  if (flag == "--lr") return of_rate(sick.lr, healed.lr);
  if (flag == "--clip" || flag == "--clip-value") {
    const bool tighter = flag == "--clip"
                             ? healed.clip > 0 && (sick.clip == 0 || healed.clip < sick.clip)
                             : healed.clip_value > 0 &&
                                   (sick.clip_value == 0 || healed.clip_value < sick.clip_value);
    return tighter ? Codes{exploding, died} : Codes{starved_step};
  }
  if (flag == "--weight-decay" || flag == "--dropout") return {over_regularised};
  if (flag == "--warmup" || flag == "--schedule" || flag == "--eps") return {starved_step};
  if (flag == "--momentum" || flag == "--nesterov")
    return healed.momentum <= sick.momentum ? Codes{exploding, died, oscillating} : Codes{slow};
  if (flag == "--init" && all_alike(sick.init)) return {wiring, vanishing, born_dead};
  if (flag == "--init") return {born_dead, frozen_optimizer, exploding, vanishing, died};
  if (flag == "--bias-init") return {born_dead, died, vanishing};
  if (flag == "--batch-size")
    return healed.batch_size < sick.batch_size ? Codes{slow} : Codes{exploding, died, oscillating};
  if (flag == "--optimizer") return {exploding, died, oscillating, slow, frozen_optimizer};
  return {born_dead, died, exploding, vanishing};
}

double dead_share(const LayerEvidence& l, std::optional<int64_t> dead) {
  return l.units == 0 ? 0 : static_cast<double>(dead.value_or(0)) / static_cast<double>(l.units);
}

template <class Dead>
bool some_layer(const Evidence& e, Dead dead) {
  return e.layers && std::ranges::any_of(*e.layers,
                         [&](const LayerEvidence& l) { return dead_share(l, dead(l)) >= kHalf; });
}

// Did the loss end far above where it began?
bool rose(const Evidence& e) {
  if (e.non_finite) return true;
  if (e.losses.size() < 2 || !e.label_entropy) return false;
  return !(e.losses.back() <= kRisen * std::max(e.losses.front(), *e.label_entropy));
}

// Did it fall, and lose what it had won?
bool fell_back(const Evidence& e) {
  if (e.losses.empty() || !e.loss) return false;
  const double least = *std::ranges::min_element(e.losses), first = e.losses.front();
  return *e.loss - least >= kBack * (first - least) && first > least;
}

bool fits(Verdict v, const Evidence& e) {
  switch (v) {
    case exploding:
      return rose(e);
    case poisoned:
      return e.non_finite.has_value();
    case frozen_optimizer:
      return std::ranges::any_of(
          e.motion, [](const MotionEvidence& m) { return m.non_finite_state.value_or(0) > 0; });
    case born_dead:
      return some_layer(e, [](const LayerEvidence& l) { return l.dead_from_birth; });
    case died:
      return some_layer(e, [](const LayerEvidence& l) { return std::optional(l.dead); });
    case vanishing:
      return e.output_deviation && *e.output_deviation < kFaint;
    case oscillating:
      return fell_back(e);
    default:
      return true;
  }
}

}  // namespace

std::vector<Verdict> tested_by(const Settings& sick, const Settings& healed) {
  Codes all;
  for (const Flag* flag : difference(sick, healed))
    for (const Verdict v : of_flag(flag->name, sick, healed))
      if (std::ranges::find(all, v) == all.end()) all.push_back(v);
  return all;
}

Verdict corrected(const Outcome& run, const Settings& sick, const Settings& healed) {
  const Codes tested = tested_by(sick, healed);
  if (tested.empty()) return run.diagnosis.verdict;
  for (const Verdict v : run.diagnosis.all)
    if (std::ranges::find(tested, v) != tested.end()) return v;
  for (const Verdict v : tested)
    if (fits(v, run.evidence)) return v;
  // A lower rate is the very test of it.
  if (std::ranges::find(tested, oscillating) != tested.end()) return oscillating;
  return run.diagnosis.verdict;
}

}  // namespace lively::lab
