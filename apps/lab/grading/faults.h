#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "lively/tensor/random.h"

namespace lively::lab {

// What a fault is measured by: the training set of the run that it is put into.
struct Ground {
  int64_t samples = 0, features = 0;

  int64_t batches(const Settings& s) const { return (samples + s.batch_size - 1) / s.batch_size; }
  int64_t steps(const Settings& s) const { return batches(s) * s.epochs; }
  bool pictures() const { return features > 2; }
};

enum class Strength : uint8_t { weak, middle, strong };
inline constexpr int kStrengths = 3;
const char* name(Strength strength);

// One way of spoiling a healthy recipe. It is undone by giving the flags that it changed the values
// that they had, which is the single change that proves it.
struct FaultKind {
  std::string_view name;
  // The verdicts that name its mechanism, by their codes.
  std::vector<std::string_view> codes;
  // Does it make a fault of this recipe?
  bool (*fits)(const Settings& clean, const Ground& ground);
  // Numbers are drawn from a range of the strength's own. A weak fault may do no harm.
  void (*put)(Settings& recipe, const Ground& ground, Strength strength, Stream& stream);
};

// Their ranges were chosen by what a user might type, and know nothing of the rules' thresholds.
const std::vector<FaultKind>& fault_kinds();
// All of them by turns, in an order in which a few turns show faults of every sort.
const FaultKind& kind_of_turn(uint64_t turn);

}  // namespace lively::lab
