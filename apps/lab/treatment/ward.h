#pragma once

#include <chrono>
#include <map>
#include <string>

#include "apps/lab/treatment/candidates.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/treatment/twin.h"

namespace lively::lab {

// The twins of one length, and how far each came.
class Ward {
 public:
  // What all wards of a treatment share.
  struct Purse {
    const TreatmentBudget& budget;
    double share;  // of the way to the best twin that heals
    std::chrono::steady_clock::time_point began, until;
    int64_t steps = 0, twins = 0;  // spent
    std::vector<Tried> tried{};    // in the order in which it was

    double spent_seconds() const;
    double left_seconds() const;
    bool over() const { return left_seconds() <= 0 || (budget.interrupt && *budget.interrupt); }
  };

  Ward(const DataSplits& data, const TwinLength& length, Purse& purse);

  // Tries what was not tried before, side by side. What does not go together, or is beyond the
  // budget, is left out.
  void try_all(const std::vector<Candidate>& candidates);
  // How far it came; nullptr: it was not tried to the end.
  const Reached* reached(const Candidate& candidate) const;
  // What is known of it without a twin.
  void know(const Candidate& candidate, const Reached& reached);

  double best() const { return best_; }
  double majority() const { return majority_; }
  // What heals comes so far.
  double bar() const { return majority_ + purse_.share * (best_ - majority_); }
  // Does anything learn at all? A tenth of the way to no error, and more than chance would give.
  bool learnable() const;
  bool heals(const Candidate& candidate) const;
  int64_t planned_steps(const Settings& recipe) const;
  const TwinLength& length() const { return length_; }
  Tried told(const Candidate& candidate) const;
  // Marks in what was tried here who reached the bar.
  void mark();

 private:
  const TwinLength length_;
  const DataSplits whole_, data_;
  Purse& purse_;
  double majority_ = 0, best_ = 0;
  std::map<std::string, Reached> reached_;  // by flags
  std::vector<std::size_t> mine_;           // of what was tried
};

}  // namespace lively::lab
