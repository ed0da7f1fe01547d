#pragma once

#include <cstdint>
#include <span>

namespace lively {

// What can be said of a run, in order of precedence. Words, thresholds and rules are defined in
// nn/README.md; what is said of each stands in one row of verdicts.cpp.
enum class Verdict : uint8_t {
  exploding,
  poisoned,
  wiring,
  uninformative_labels,
  frozen_loss,
  frozen_optimizer,
  born_dead,
  died,
  vanishing,
  starved_step,
  over_regularised,
  oscillating,
  slow,
  healthy,
  unsure,
};
const char* name(Verdict v);  // "frozen_loss", as logs and command lines have it

// What a screen may show by a colour.
enum class Severity : uint8_t { healthy, note, fault, unsure };

// A verdict in the words of a course.
struct VerdictWords {
  const char* name;
  Severity severity;
  const char* what;  // as a thing that is there or not: "an explosion"
  const char* means;
  const char* looks;
  const char* paper;  // where it was described; empty: nowhere
  const char* cure;
  const char* example;  // flags of mnist_mlp that show it; empty: none can
};
const VerdictWords& words(Verdict v);

// One for each verdict, in order, and then one for what no verdict can tell: a broken instrument.
std::span<const VerdictWords> explanations();

}  // namespace lively
