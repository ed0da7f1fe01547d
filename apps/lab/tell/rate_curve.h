#pragma once

#include <string>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"

namespace lively::lab {

// Shows a person, on stdout, the losses of a learning rate range test, and the rate that it
// suggests, with a command that trains by it: `command`, but for --lr.
void say_rate_test(const RateTest& test, const Settings& recipe);

// The curve alone, in lines of at most `width` columns: · a loss, ━ the smoothed ones, and an arrow
// at the rate suggested. The rate's axis is logarithmic.
std::string rate_curve(const RateTest& test, std::size_t width);

}  // namespace lively::lab
