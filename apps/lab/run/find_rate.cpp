#include "apps/lab/run/find_rate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "apps/lab/recipe/models.h"
#include "apps/lab/run/run_config.h"
#include "apps/lab/run/step.h"
#include "apps/lab/run/training.h"
#include "lively/nn/liveness/wording.h"

namespace lively::lab {
namespace {

constexpr double kBlownUp = 4;  // times the lowest loss
// The loss has fallen, if by so much of what it was in the first steps.
constexpr double kFell = 0.05;

double rate_at(int64_t step) {
  const double share = static_cast<double>(step) / static_cast<double>(kRateSteps - 1);
  return kLowestRate * std::pow(kHighestRate / kLowestRate, share);
}

// The mean over the window around step i, as far as there are steps.
double smoothed(const std::vector<RateTest::Step>& steps, std::size_t i) {
  const std::size_t half = kRateWindow / 2, from = i > half ? i - half : 0,
                    to = std::min(steps.size(), i + half + 1);
  double sum = 0;
  for (std::size_t k = from; k < to; ++k) sum += steps[k].loss;
  return sum / static_cast<double>(to - from);
}

// The rate at which the smoothed loss falls fastest on the way to its lowest, step `least`: each
// step multiplies the rate by the same factor.
double steepest(const std::vector<RateTest::Step>& steps, std::size_t least) {
  const std::size_t half = kRateWindow / 2;
  double fastest = 0, rate = steps[least].lr;
  for (std::size_t i = 0; i <= least; ++i) {
    const std::size_t from = i > half ? i - half : 0, to = std::min(least, i + half);
    if (to <= from) continue;
    const double fall =
        (steps[from].smoothed - steps[to].smoothed) / static_cast<double>(to - from);
    if (fall > fastest) fastest = fall, rate = steps[i].lr;
  }
  return rate;
}

// Two digits are what such a test can tell.
double two_digits(double rate) {
  const double unit = std::pow(10, std::floor(std::log10(rate)) - 1);
  return std::strtod(detail::print("%.2g", std::round(rate / unit) * unit).c_str(), nullptr);
}

// The losses, to the last step that is worth making.
std::vector<RateTest::Step> measured(Training& t, const std::atomic<bool>& stop) {
  TrainStep train_step(t.model, t.optimizer, t.recipe);
  std::vector<RateTest::Step> steps;
  double lowest = INFINITY;
  for (t.epoch = 1;; ++t.epoch) {
    for (const Batch& batch : t.loader.epoch(t.epoch)) {
      const auto i = static_cast<int64_t>(steps.size());
      if (i == kRateSteps || stop) return steps;
      t.optimizer.set_lr_factor(rate_at(i) / t.recipe.lr);
      const double loss = train_step(batch).loss;
      if (!std::isfinite(loss)) return steps;
      steps.push_back({rate_at(i), loss, 0});
      lowest = std::min(lowest, loss);
      if (loss > kBlownUp * lowest) return steps;
      t.plant.push(t.model, i + 1, t.data);
      t.out.on(Underway{"trying learning rates", i + 1, 0});
    }
  }
}

}  // namespace

RateTest rate_of(std::vector<RateTest::Step> steps) {
  RateTest test{std::move(steps), 0, 0, ""};
  for (std::size_t i = 0; i < test.steps.size(); ++i)
    test.steps[i].smoothed = smoothed(test.steps, i);
  const auto least = std::ranges::min_element(test.steps, {}, &RateTest::Step::smoothed);
  if (least == test.steps.end()) {
    test.none = "The loss is no number in the first step, at a rate of " +
                detail::compact(kLowestRate) + ": no rate can be read off.";
    return test;
  }
  test.lowest_at = least->lr;
  if (least->smoothed > (1 - kFell) * test.steps.front().smoothed) {
    test.none = "The loss does not fall at any rate: no rate can be read off.";
  } else {
    test.suggested =
        two_digits(steepest(test.steps, static_cast<std::size_t>(least - test.steps.begin())));
  }
  return test;
}

RateRun find_rate(
    const Settings& recipe, const DataSplits& data, Sink& out, const std::atomic<bool>& stop) {
  const auto model = build_model(recipe, task_of(data));
  const auto optimizer = build_optimizer(recipe, *model);
  Training t(*model, *optimizer, recipe, data, out);
  out.on(config_of(t));
  std::vector<RateTest::Step> steps = measured(t, stop);
  const RateRun run{static_cast<int64_t>(steps.size()), stop};
  if (!run.interrupted) out.on(rate_of(std::move(steps)));
  return run;
}

}  // namespace lively::lab
