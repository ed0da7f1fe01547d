#pragma once

#include <chrono>
#include <functional>

#include "apps/lab/doctor/arms.h"
#include "apps/lab/run/bare_run.h"
#include "apps/lab/treatment/treatment.h"
#include "lively/data/source.h"

namespace lively::lab {

// The arms of one question, and what they came to, seed by seed.
class Question {
 public:
  using Clock = std::chrono::steady_clock;

  // On a network that has failed where there is a checkpoint of it, else from the start. The first
  // arm is the recipe as it is.
  Question(std::vector<Arm> arms, std::string checkpoint)
      : arms_(std::move(arms)), checkpoint_(std::move(checkpoint)), came_(arms_.size()) {}

  // As many rounds of one seed as there is time for, with arms so short that a few fit: of fewer
  // pictures from the start, of fewer steps on a failed network. Where the time left does not do
  // for one more round of all, the half that came furthest has it.
  void ask(const DataSplits& data, Clock::time_point until, const std::atomic<bool>* interrupt,
      const std::function<void(int64_t round)>& tell);

  const std::vector<Arm>& arms() const { return arms_; }
  bool failed() const { return !checkpoint_.empty(); }
  double best() const;  // mean accuracy; 0: nothing was tried
  // `best` of all that is known to learn, `majority` the share of the commonest class, `heals` how
  // much of the way between the two is called healed.
  QuestionReport report(double majority, double best, double heals = kHeals) const;

 private:
  int64_t rounds() const { return static_cast<int64_t>(came_[0].size()); }
  int64_t room(
      const DataSplits& data, Clock::time_point until, const std::atomic<bool>* interrupt) const;
  std::vector<Settings> shortened(DataSplits& data);
  std::vector<std::size_t> better_half(const std::vector<std::size_t>& arms) const;
  BareRun how(int64_t steps) const;
  std::vector<double> column(std::size_t arm, double Came::*what) const;

  const std::vector<Arm> arms_;
  const std::string checkpoint_;
  std::vector<std::vector<Came>> came_;  // by arm and seed
  int64_t steps_ = 0, whole_ = 0, test_ = 0;
};

}  // namespace lively::lab
