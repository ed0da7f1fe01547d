#pragma once

#include <atomic>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"
#include "lively/data/source.h"

namespace lively::lab {

// The learning rate range test of Smith (2017, Cyclical Learning Rates for Training Neural
// Networks): from the weights as drawn, the rate rises by the same factor in each of kRateSteps
// steps from kLowestRate to kHighestRate, whatever the recipe's rate, schedule and warm-up; all
// else is the recipe's. It ends early where the loss is no number, or four times the lowest. The
// losses are smoothed by their mean over kRateWindow steps around each. Suggested is the rate at
// which they then fall fastest. That rule was chosen over a tenth of the rate of the lowest after
// both had been tried on eight recipes (six came further by it), which are no evidence for it
// elsewhere.
inline constexpr int64_t kRateSteps = 100, kRateWindow = 9;
inline constexpr double kLowestRate = 1e-6, kHighestRate = 10;

// How far the test came. One that was interrupted found nothing.
struct RateRun {
  int64_t steps = 0;
  bool interrupted = false;
};

// Tells `out` of the run and at the end of the test. Throws ValueError where parts of the recipe do
// not go together. Stops after the step under way once `stop` is true, and tells of no test then.
RateRun find_rate(
    const Settings& recipe, const DataSplits& data, Sink& out, const std::atomic<bool>& stop);

// Smooths the losses and reads the rate off them, a pure function of `steps`.
RateTest rate_of(std::vector<RateTest::Step> steps);

}  // namespace lively::lab
