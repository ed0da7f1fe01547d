#pragma once

#include <chrono>
#include <list>

#include "apps/lab/treatment/ward.h"

namespace lively::lab {

using Candidates = std::vector<Candidate>;

// The search behind treat(): twins of growing length, what heals short ones, and whether it heals a
// long one too.
class Search {
 public:
  Search(const Settings& recipe, const DataSplits& data, const Outcome& outcome,
      const TreatmentBudget& budget);

  Treated run();
  // Does a run with a healthy verdict fall short of what the undone recipe reaches?
  bool falls_short();

 private:
  using Clock = std::chrono::steady_clock;
  using Flags = std::vector<const Flag*>;

  // The run itself is the twin of its length that changes nothing.
  void know_run(Ward& w) const {
    w.know(as_is_, {run_accuracy(), outcome_.steps, !outcome_.diverged()});
  }
  Ward& ward(const TwinLength& length) { return wards_.emplace_back(data_, length, purse_); }
  std::vector<TwinLength> lengths();
  bool tells(Ward& w, const Candidates& singles, bool widely);
  bool heal(Ward& w, const Candidates& list, Treated& to);
  bool search(Treated& to);
  bool beyond_singles(Ward& w, const TwinLength* longer, const Candidates& singles, Treated& to);
  Flags smallest_set(Ward& w, const Flags& flags);
  Candidates pairs(Ward& w, const Candidates& all);
  bool confirm(Ward& w, const Candidate& c, Treated& to);
  void accept(Ward& w, const Candidate& c, const Ward& by, Treated& to);
  bool last_resort(Treated& to);
  bool bears_out(Ward& w);
  void find_nearest(Ward& w, const Candidate& c, Treated& to);
  void give_up(Treated& to) const;
  std::string why(const Ward& w, const Candidate& c, bool learned) const;
  Verdict as_learned() const;
  bool near_enough(const Ward& w);
  double run_accuracy() const { return outcome_.diverged() ? 0 : outcome_.test.accuracy; }
  bool interrupted() const { return purse_.budget.interrupt && *purse_.budget.interrupt; }
  bool over() const { return purse_.over() || fine_; }
  bool healthy() const { return outcome_.diagnosis.verdict == Verdict::healthy; }

  const Settings recipe_;
  const DataSplits& data_;
  const Outcome& outcome_;
  const Flags suspects_;
  const Candidate as_is_, undone_;
  Ward::Purse purse_;
  Clock::time_point searched_, end_;  // until when candidates are sought, and confirmed
  std::list<Ward> wards_;
  Ward* telling_ = nullptr;  // whose twins show the fault
  Ward* long_ = nullptr;     // where cures are confirmed
  bool whole_ = false;       // it is as long as the run
  double step_seconds_ = 0;  // of a twin on one thread; 0: not measured
  int confirmed_ = 0;        // long twins made
  bool fine_ = false;        // the run itself reached the bar
};

}  // namespace lively::lab
