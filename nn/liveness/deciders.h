#pragma once

#include "lively/nn/liveness/diagnose.h"

namespace lively {

// One of the numbers on which a verdict rests.
struct Decider {
  std::string what;
  double value = 0;      // NaN: not measured
  std::string rule;      // what it is held against, "0.95 or more"
  std::string counts{};  // of what the value is the share: "128 of 128"; empty: of nothing counted
};

// The three numbers that decide this verdict, the most telling first; shares are fractions.
std::vector<Decider> deciders(const Diagnosis& diagnosis, const Evidence& evidence);

}  // namespace lively
