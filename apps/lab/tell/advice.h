#pragma once

#include <string>
#include <vector>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/outcome.h"

namespace lively::lab {

struct Advice {
  std::string label;  // "Test it", "Cure it"
  Settings settings;
};

// The one change that tests the verdict, and the cure where that is another, as settings to
// run next. Empty for a healthy run.
std::vector<Advice> advice(const Diagnosis& diagnosis, const Settings& settings);

}  // namespace lively::lab
