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
// which they then fall fastest: of eight recipes (sgd, adam, rmsprop, batch norm, depths 1 to 5)
// trained for two quick epochs, six came further by it than by a tenth of the rate of the lowest.
inline constexpr int64_t kRateSteps = 100, kRateWindow = 9;
inline constexpr double kLowestRate = 1e-6, kHighestRate = 10;

// Tells `out` of the run and at the end of the test, which it gives. Throws ValueError where parts
// of the recipe do not go together. Stops after the step under way once `stop` is true.
RateTest find_rate(
    const Settings& recipe, const DataSplits& data, Sink& out, const std::atomic<bool>& stop);

// Smooths the losses and reads the rate off them, a pure function of `steps`.
RateTest rate_of(std::vector<RateTest::Step> steps);

}  // namespace lively::lab
