#include "apps/lab/doctor/question.h"

#include <algorithm>
#include <numeric>

#include "apps/lab/treatment/twin.h"
#include "apps/lab/trials/paired.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

using Clock = Question::Clock;

constexpr int64_t kSeeds = 3;        // rounds that an arm's length should allow
constexpr int64_t kMost = 20;        // rounds
constexpr int64_t kPilot = 10;       // steps that show how long one takes
constexpr int64_t kLeastSteps = 20;  // of an arm
constexpr int64_t kCensus = 1'000;   // images, at the end of an arm

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

BareRun Question::how(int64_t steps) const {
  return {.checkpoint = checkpoint_, .steps = steps, .census = kCensus};
}

std::vector<double> Question::column(std::size_t arm, double Came::*what) const {
  std::vector<double> values;
  for (const Came& c : came_[arm]) values.push_back(c.*what);
  return values;
}

// How many steps an arm may have so that kSeeds rounds fit: from two arms of a few steps.
int64_t Question::room(
    const DataSplits& data, Clock::time_point until, const std::atomic<bool>* interrupt) const {
  std::vector<double> fixed(2), each(2);
  const auto pilots = std::min<int64_t>(2, static_cast<int64_t>(arms_.size()));
  side_by_side(pilots, {.interrupt = interrupt, .until = until},
      [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        const auto began = Clock::now();
        const auto came = bare_run(arms_[at].recipe, data, how(kPilot), stop);
        if (!came || came->steps == 0) return false;
        each[at] = came->seconds / static_cast<double>(came->steps);
        fixed[at] = seconds_between(began, Clock::now()) - came->seconds;
        return true;
      });
  // Rather fewer seeds than arms that show nothing.
  int64_t steps = 0;
  const auto arms = static_cast<int64_t>(arms_.size());
  const double whole = seconds_between(Clock::now(), until);
  for (int64_t seeds = kSeeds; seeds > 0 && steps < kLeastSteps; --seeds) {
    const auto in_turn = static_cast<double>((arms * seeds + threads() - 1) / threads());
    steps = static_cast<int64_t>(
        (whole / in_turn - std::ranges::max(fixed)) / std::max(std::ranges::max(each), 1e-9));
  }
  return steps;
}

// Shortens the arms to steps_: what is counted in steps, a warm-up or a plant, comes so much
// earlier.
std::vector<Settings> Question::shortened(DataSplits& data) {
  std::vector<Settings> recipes;
  const Settings& as_is = arms_[0].recipe;
  const int64_t epochs = std::min(as_is.epochs, steps_),
                train = std::min(data.train.size(), steps_ / epochs * as_is.batch_size);
  const bool cut = !failed() && steps_ < whole_;
  for (const Arm& a : arms_)
    recipes.push_back(
        cut ? twin_of(a.recipe, {.train = train, .epochs = epochs, .test = data.test.size()}, data)
            : a.recipe);
  if (cut) data.train = data.train.first(train), steps_ = steps_ / epochs * epochs;
  return recipes;
}

void Question::ask(const DataSplits& data, Clock::time_point until,
    const std::atomic<bool>* interrupt, const std::function<void(int64_t round)>& tell) {
  const Settings& recipe = arms_[0].recipe;
  test_ = data.test.size();
  whole_ = (data.train.size() + recipe.batch_size - 1) / recipe.batch_size * recipe.epochs;
  steps_ = std::min(room(data, until, interrupt), whole_);
  if (steps_ < std::min(kLeastSteps, whole_)) return;
  DataSplits some = data;
  const std::vector<Settings> recipes = shortened(some);
  std::vector<std::size_t> active(arms_.size());
  std::iota(active.begin(), active.end(), std::size_t{0});
  for (int64_t round = 0; round < kMost && active.size() > 1; ++round) {
    tell(round);
    const auto began = Clock::now();
    std::vector<std::optional<Came>> came(active.size());
    std::vector<char> unfit(active.size());
    const std::vector<bool> made = side_by_side(static_cast<int64_t>(active.size()),
        {.interrupt = interrupt, .until = until}, [&](int64_t i, const std::atomic<bool>& stop) {
          const auto k = static_cast<std::size_t>(i);
          Settings s = recipes[active[k]];
          s.seed += static_cast<uint64_t>(round);
          // The failed network goes on: all that a seed changes there is the order.
          if (s.order_seed > 0) s.order_seed += static_cast<uint64_t>(round);
          try {
            came[k] = bare_run(s, some, how(steps_), stop);
          } catch (const ValueError&) {
            if (k == 0) throw;
            unfit[k] = true;  // its parts do not go together
          }
          return came[k].has_value();
        });
    if (!came[0]) return;
    std::vector<std::size_t> next;
    bool cut_off = false;
    for (std::size_t k = 0; k < active.size(); ++k) {
      if (came[k]) came_[active[k]].push_back(*came[k]), next.push_back(active[k]);
      cut_off |= !came[k] && !unfit[k];
    }
    if (cut_off) return;
    const auto now = Clock::now();
    if (seconds_between(now, until) < seconds_between(began, now)) next = better_half(next);
    active = std::move(next);
  }
}

// The recipe as it is and, of the others, the half that came furthest.
std::vector<std::size_t> Question::better_half(const std::vector<std::size_t>& arms) const {
  std::vector<std::size_t> others(arms.begin() + 1, arms.end());
  std::ranges::stable_sort(others, std::greater<>(),
      [&](std::size_t i) { return estimate(column(i, &Came::accuracy)).mean; });
  others.resize(others.size() / 2);
  others.push_back(arms[0]);
  std::ranges::sort(others);
  return others;
}

double Question::best() const {
  double best = 0;
  for (std::size_t i = 0; i < arms_.size(); ++i)
    if (!came_[i].empty()) best = std::max(best, estimate(column(i, &Came::accuracy)).mean);
  return best;
}

QuestionReport Question::report(double majority, double best, double heals) const {
  QuestionReport r{
      .failed = failed(), .steps = steps_, .whole = whole_, .test = test_, .none = {}, .arms = {}};
  const bool learnable = best - majority >= 0.1 * (1 - majority);
  r.bar = majority + heals * (best - majority);
  if (rounds() == 0) r.none = "There was no time for it (--budget).";
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    if (came_[i].empty()) continue;
    const Estimate effect =
        paired_difference(column(i, &Came::accuracy), column(0, &Came::accuracy));
    ArmReport a{.change = arms_[i].change,
        .command = failed() ? "" : command_of(arms_[i].recipe),
        .seeds = static_cast<int64_t>(came_[i].size()),
        .accuracy = estimate(column(i, &Came::accuracy)).mean,
        .dead = estimate(column(i, &Came::dead)).mean,
        .effect = effect.mean,
        .low = effect.low,
        .high = effect.high};
    for (const Came& c : came_[i]) {
      a.healed += learnable && c.finite && c.accuracy >= r.bar;
      a.diverged += !c.finite;
    }
    r.arms.push_back(std::move(a));
  }
  if (rounds() > 0 && steps_ < whole_ && 2 * r.arms[0].healed > rounds()) {
    r.none = message(
        thousands(steps_), " steps are too few to show the fault; more time (--budget) shows it.");
    r.arms.clear();
  }
  return r;
}

}  // namespace lively::lab
