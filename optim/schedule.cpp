#include "lively/optim/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively {
namespace {

void check_steps(const char* schedule, int64_t steps, int64_t least) {
  if (steps < least)
    fail<ValueError>(schedule, " schedule: ", steps, " steps: needs at least ", least);
}

// Of a rate, a factor or a power: more is a slip of the pen. A hundred times the rate is no
// schedule, and by the power of 100 it is below 1e-4 of its first by a tenth of the way.
constexpr double kLargest = 100;

void check_above_0(const char* schedule, const char* what, double x) {
  if (!(x > 0 && x <= kLargest))
    fail<ValueError>(schedule, " schedule: ", what, " ", number(x),
        ": needs a number above 0, up to ", number(kLargest));
}

void check_factor(const char* schedule, double factor) {
  check_above_0(schedule, "factor", factor);
}

// `what`: the first rate or the last, as a share of the optimizer's.
void check_rate(const char* schedule, const char* what, double rate) {
  if (!(rate >= 0 && rate <= kLargest))
    fail<ValueError>(
        schedule, " schedule: ", what, " ", number(rate), ": needs 0 to ", number(kLargest));
}

double share(int64_t step, int64_t of) {
  return static_cast<double>(step) / static_cast<double>(of);
}

// From `start` to `end` by half a cosine.
double annealed(double start, double end, double done) {
  return end + (start - end) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

}  // namespace

Schedule constant_schedule() {
  return [](int64_t) { return 1.0; };
}

Schedule step_schedule(int64_t period, double factor) {
  check_steps("step", period, 1);
  check_factor("step", factor);
  return [=](int64_t step) { return std::pow(factor, static_cast<double>(step / period)); };
}

Schedule multi_step_schedule(std::vector<int64_t> milestones, double factor) {
  check_factor("multi-step", factor);
  std::ranges::sort(milestones);
  return [=](int64_t step) {
    const auto passed = std::ranges::upper_bound(milestones, step) - milestones.begin();
    return std::pow(factor, static_cast<double>(passed));
  };
}

Schedule exponential_schedule(double factor) {
  check_factor("exponential", factor);
  return [=](int64_t step) { return std::pow(factor, static_cast<double>(step)); };
}

Schedule polynomial_schedule(int64_t total, double power, double last) {
  check_steps("polynomial", total, 1);
  check_rate("polynomial", "last", last);
  check_above_0("polynomial", "power", power);
  return [=](int64_t step) {
    return last + (1 - last) * std::pow(1 - share(std::min(step, total), total), power);
  };
}

Schedule cosine_schedule(int64_t total, double last) {
  check_steps("cosine", total, 1);
  check_rate("cosine", "last", last);
  return [=](int64_t step) { return annealed(1, last, share(std::min(step, total), total)); };
}

Schedule linear_schedule(int64_t steps, double first) {
  check_steps("linear", steps, 1);
  check_rate("linear", "first", first);
  return [=](int64_t step) { return first + (1 - first) * share(std::min(step, steps), steps); };
}

Schedule one_cycle_schedule(
    int64_t total, double pct_start, double div_factor, double final_div_factor) {
  check_steps("one-cycle", total, 1);
  if (!(pct_start >= 0 && pct_start <= 1))
    fail<ValueError>("one-cycle schedule: pct_start ", number(pct_start), ": needs 0 to 1");
  for (const double divisor : {div_factor, final_div_factor})
    if (!(divisor > 0) || !std::isfinite(divisor))
      fail<ValueError>("one-cycle schedule: divisor ", number(divisor), ": needs a number above 0");
  const double first = 1 / div_factor, last = first / final_div_factor;
  // May lie between two steps, or before the first: PyTorch's phases meet there all the same.
  const double end = static_cast<double>(total - 1),
               peak = pct_start * static_cast<double>(total) - 1;
  return [=](int64_t step) {
    const double at = std::min(static_cast<double>(step), end);
    if (at == peak) return 1.0;
    return at < peak ? annealed(first, 1, at / peak)
                     : annealed(1, last, (at - peak) / (end - peak));
  };
}

Schedule sequence(Schedule before, int64_t steps, Schedule after) {
  return [steps, before = std::move(before), after = std::move(after)](
             int64_t step) { return step < steps ? before(step) : after(step - steps); };
}

Schedule warm_up(int64_t steps, Schedule after) {
  check_steps("warm-up", steps, 0);
  return sequence(
      [steps](int64_t step) { return share(step + 1, steps); }, steps, std::move(after));
}

namespace {

int64_t whole(std::string_view text, double n) {
  if (!(n >= 1 && n <= 1e9) || n != std::floor(n))
    fail<ValueError>(text, ": ", number(n), ": needs a whole number of at least 1");
  return static_cast<int64_t>(n);
}

// The schedule without its warm-up, for `total` steps.
Schedule named_schedule(std::string_view text, int64_t total, int64_t unit) {
  const Spec spec = parse_spec(text);
  const auto given = [&](std::size_t i, double otherwise) {
    return i < spec.numbers.size() ? spec.numbers[i] : otherwise;
  };
  if (spec.name == "constant") {
    check_numbers(spec, {}, Numbers::required);
    return constant_schedule();
  }
  if (spec.name == "step") {
    constexpr std::array<std::string_view, 2> kTakes{"period", "factor"};
    const bool short_form = spec.numbers.size() == 1;
    check_numbers(spec, std::span(kTakes).first(short_form ? 1 : 2), Numbers::required);
    return step_schedule(whole(text, given(0, 0)) * unit, given(1, 0.1));
  }
  if (spec.name == "exponential") {
    constexpr std::array<std::string_view, 1> kTakes{"factor"};
    check_numbers(spec, kTakes, Numbers::required);
    check_factor("exponential", given(0, 0));
    return exponential_schedule(std::pow(given(0, 0), share(1, unit)));
  }
  if (spec.name == "linear") {
    constexpr std::array<std::string_view, 1> kTakes{"last"};
    check_numbers(spec, kTakes, Numbers::optional);
    check_rate("linear", "last", given(0, 0));
    return polynomial_schedule(std::max<int64_t>(1, total), 1, given(0, 0));
  }
  if (spec.name == "polynomial") {
    constexpr std::array<std::string_view, 1> kTakes{"power"};
    check_numbers(spec, kTakes, Numbers::required);
    return polynomial_schedule(std::max<int64_t>(1, total), given(0, 1));
  }
  if (spec.name == "cosine") {
    constexpr std::array<std::string_view, 1> kTakes{"last"};
    check_numbers(spec, kTakes, Numbers::optional);
    return cosine_schedule(std::max<int64_t>(1, total), given(0, 0));
  }
  if (spec.name == "one_cycle") {
    constexpr std::array<std::string_view, 1> kTakes{"pct_start"};
    check_numbers(spec, kTakes, Numbers::optional);
    return one_cycle_schedule(std::max<int64_t>(1, total), given(0, 0.3));
  }
  constexpr std::array<std::string_view, 7> kKnown{
      "constant", "step", "exponential", "linear", "polynomial", "cosine", "one_cycle"};
  fail_unknown(spec.name, "schedule", kKnown);
}

}  // namespace

bool runs_over_all(std::string_view text) {
  const std::string name = parse_spec(text).name;
  return name == "linear" || name == "polynomial" || name == "cosine" || name == "one_cycle";
}

Schedule make_schedule(std::string_view text, int64_t total, int64_t warm_up_steps, int64_t unit) {
  check_steps("warm-up", warm_up_steps, 0);
  Schedule schedule = named_schedule(text, total - warm_up_steps, std::max<int64_t>(1, unit));
  return warm_up_steps == 0 ? schedule : warm_up(warm_up_steps, std::move(schedule));
}

}  // namespace lively
