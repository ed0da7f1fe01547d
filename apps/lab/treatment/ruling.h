#pragma once

#include <vector>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/outcome.h"

namespace lively::lab {

// The verdicts of which a change of the recipe is a test: if it heals, one of them is right. Of a
// change of several flags those of each, each verdict once, in the order of the flags.
std::vector<Verdict> tested_by(const Settings& sick, const Settings& healed);

// The verdict on a run that this change heals. The run's own where the change is a test of it, or
// of another that its evidence shows; else, of those that the change tests, the one that fits what
// became of the run: what cures is the truth.
Verdict corrected(const Outcome& run, const Settings& sick, const Settings& healed);

}  // namespace lively::lab
