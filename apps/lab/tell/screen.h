#pragma once

#include <chrono>

#include "apps/lab/run/outcome.h"

namespace lively::lab {

// Shows a run to a person: the settings as resolved, a line an epoch, the verdict. Lines go to
// stdout and read well in a pipe; the progress bar goes to stderr, on a terminal only.
class Screen final : public RunListener {
 public:
  Screen(std::string program, const Settings& settings);

  void started(const RunConfig& config) override;
  void resumed(const ResumeReport& report) override;
  void planted(const PlantReport& plant) override;
  void progressed(int64_t epoch, int64_t step_in_epoch, double loss) override;
  void epoch_ended(const EpochReport& epoch) override;
  void counted(const LivenessReport& report) override;
  void replayed(const Replay& replay) override;
  void foretold(const ProphecyReport& report) override;
  void certified(const CertificateReport& report) override;
  void warned(const std::string& code, const std::string& text) override;
  void finished(const Outcome& outcome) override;

 private:
  using Clock = std::chrono::steady_clock;
  void clear_bar();
  void print_pending(const std::string& dead);

  std::string dead_by_layer(const LifeHistory& life) const;

  std::string program_;
  const Settings& settings_;
  Titles titles_;
  bool bar_wanted_, bar_shown_ = false;
  int64_t steps_per_epoch_ = 1, epochs_ = 1;
  bool header_ = false;
  int replays_ = 0;        // shown
  std::string pending_;    // an epoch's line that waits for its census
  std::string certified_;  // a line for the end
  Clock::time_point start_, last_bar_;
  double begun_ = 0;  // share of the run that an earlier one did
};

}  // namespace lively::lab
