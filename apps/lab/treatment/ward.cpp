#include "apps/lab/treatment/ward.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/trials/trials.h"

namespace lively::lab {
namespace {

DataSplits cut(const DataSplits& data, const TwinLength& length) {
  DataSplits some = data;
  some.train = data.train.first(length.train);
  some.test = data.test.first(length.test);
  return some;
}

double seconds_between(
    std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

double Ward::Purse::spent_seconds() const {
  return seconds_between(began, std::chrono::steady_clock::now());
}
double Ward::Purse::left_seconds() const {
  return seconds_between(std::chrono::steady_clock::now(), until);
}

Ward::Ward(const DataSplits& data, const TwinLength& length, Purse& purse)
    : length_(length), whole_(data), data_(cut(data, length)), purse_(purse) {
  majority_ = best_ = held_out(0, data_.test).majority_share;
}

int64_t Ward::planned_steps(const Settings& recipe) const {
  const int64_t batches = (data_.train.size() + recipe.batch_size - 1) / recipe.batch_size;
  return std::min(length_.steps, batches * std::min(recipe.epochs, length_.epochs));
}

void Ward::try_all(const std::vector<Candidate>& candidates) {
  std::vector<const Candidate*> chosen;
  std::vector<Settings> twins;
  std::set<std::string> keys;
  for (const Candidate& c : candidates) {
    const std::string key = flags_of(c.recipe);
    const int64_t cost = planned_steps(c.recipe);
    if (reached_.contains(key) || !goes_together(c.recipe) || !keys.insert(key).second ||
        cost > purse_.budget.steps - purse_.steps)
      continue;
    purse_.steps += cost;
    chosen.push_back(&c);
    twins.push_back(twin_of(c.recipe, length_, whole_));
  }
  std::vector<std::optional<Reached>> came(twins.size());
  Limits limits{
      .bits = Bits::of_all_threads, .interrupt = purse_.budget.interrupt, .until = purse_.until};
  if (purse_.budget.progress)
    limits.progress = [this, before = purse_.twins](int64_t made, int64_t) {
      purse_.twins = before + made;
      purse_.budget.progress(purse_.twins, purse_.spent_seconds());
    };
  side_by_side(
      static_cast<int64_t>(twins.size()), limits, [&](int64_t i, const std::atomic<bool>& stop) {
        const auto at = static_cast<std::size_t>(i);
        came[at] = train_twin(twins[at], data_, length_.steps, stop);
        return came[at].has_value();
      });
  for (std::size_t i = 0; i < came.size(); ++i) {
    if (!came[i]) continue;
    know(*chosen[i], *came[i]);
    mine_.push_back(purse_.tried.size());
    purse_.tried.push_back(told(*chosen[i]));
  }
}

void Ward::know(const Candidate& candidate, const Reached& reached) {
  reached_[flags_of(candidate.recipe)] = reached;
  best_ = std::max(best_, reached.accuracy);
}

const Reached* Ward::reached(const Candidate& candidate) const {
  const auto found = reached_.find(flags_of(candidate.recipe));
  return found == reached_.end() ? nullptr : &found->second;
}

bool Ward::learnable() const {
  const double n = static_cast<double>(data_.test.size());
  const double chance = 4 * std::sqrt(majority_ * (1 - majority_) / n);
  return best_ - majority_ >= std::max(0.1 * (1 - majority_), chance);
}

bool Ward::heals(const Candidate& candidate) const {
  const Reached* r = reached(candidate);
  return r && r->finite && learnable() && r->accuracy >= bar();
}

Tried Ward::told(const Candidate& candidate) const {
  const Reached& r = *reached(candidate);
  return {.change = candidate.change,
      .accuracy = r.accuracy,
      .steps = r.steps,
      .train = data_.train.size(),
      .test = data_.test.size(),
      .diverged = !r.finite};
}

void Ward::mark() {
  for (const std::size_t i : mine_) {
    Tried& t = purse_.tried[i];
    t.learned = learnable() && !t.diverged && t.accuracy >= bar();
  }
}

}  // namespace lively::lab
