#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace lively {

// The factor on the learning rate for a step, counted from 0:
//
//   optimizer.set_lr_factor(schedule(step));
//   optimizer.step();
using Schedule = std::function<double(int64_t step)>;

Schedule constant_schedule();
// factor^⌊step / period⌋. Throws ValueError unless period >= 1 and factor is above 0, up to 100.
Schedule step_schedule(int64_t period, double factor = 0.1);
// factor^(how many milestones lie at or before the step). Throws ValueError unless factor is above
// 0, up to 100.
Schedule multi_step_schedule(std::vector<int64_t> milestones, double factor = 0.1);
// factor^step. Throws ValueError unless factor is above 0, up to 100.
Schedule exponential_schedule(double factor);
// last + (1 - last) (1 + cos(π step / total)) / 2, then `last` beyond the end (Loshchilov and
// Hutter 2017). Throws ValueError unless total >= 1 and last is 0 to 100.
Schedule cosine_schedule(int64_t total, double last = 0);
// last + (1 - last) (1 - step / total)^power, then `last` beyond the end; a straight line for a
// power of 1. Throws ValueError unless total >= 1, power is above 0, up to 100, and last is 0 to
// 100.
Schedule polynomial_schedule(int64_t total, double power, double last = 0);
// A straight line from `first` at step 0 to 1 at step `steps`, then 1. Throws ValueError unless
// steps >= 1 and first is 0 to 100.
Schedule linear_schedule(int64_t steps, double first);
// Up and down once, by half cosines (Smith and Topin 2018, as PyTorch's OneCycleLR): from
// 1 / div_factor at step 0 to 1 at step pct_start · total - 1, then to
// 1 / (div_factor final_div_factor) at step total - 1, and that beyond the end. The optimizer's
// rate is the largest one; momentum stays as it is. Throws ValueError unless total >= 1,
// 0 <= pct_start <= 1 and the divisors are above 0.
Schedule one_cycle_schedule(
    int64_t total, double pct_start = 0.3, double div_factor = 25, double final_div_factor = 1e4);

// `before` for the first steps, then `after`, which counts from its own 0.
Schedule sequence(Schedule before, int64_t steps, Schedule after);
// A linear rise, 1 / steps, 2 / steps, … 1, over the first steps, then `after`, which counts from
// its own 0. Throws ValueError unless steps >= 0.
Schedule warm_up(int64_t steps, Schedule after);

// By name, for a run of `total` steps: "constant", "step:PERIOD[,FACTOR]", "exponential:FACTOR",
// "linear[:LAST]", "polynomial:POWER", "cosine[:LAST]", "one_cycle[:PCT_START]"; after
// `warm_up_steps`. PERIOD counts in `unit` steps (an epoch's, say), and the exponential takes one
// for each unit, smoothly. Throws ValueError naming the text.
Schedule make_schedule(
    std::string_view text, int64_t total, int64_t warm_up_steps = 0, int64_t unit = 1);
// Does `total` change the factors of the schedule of that name?
bool runs_over_all(std::string_view text);

}  // namespace lively
