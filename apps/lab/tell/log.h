#pragma once

#include <memory>
#include <string>

#include "apps/lab/run/outcome.h"

namespace lively::lab {

// Writes a run's events as JSON lines, the schema of apps/README.md. Whole lines only: should
// the disk fill up, the line under way is taken back, and an error ends the run.
class JsonLog final : public RunListener {
 public:
  // Opens the file when the run starts, so that a run that never does leaves none behind. Throws
  // Error, as the others do, with the file and the reason.
  JsonLog(std::string path, std::string app, const Settings& settings);
  ~JsonLog() override;

  void started(const RunConfig& config) override;
  void resumed(const ResumeReport& report) override;
  void planted(const PlantReport& plant) override;
  void stepped(const StepReport& step) override;
  void epoch_ended(const EpochReport& epoch) override;
  void counted(const LivenessReport& report) override;
  void framed(const PlaneFrame& frame, const ImageDataset* points) override;
  void portrayed(const UnitPortrait& unit) override;
  void replayed(const Replay& replay) override;
  void foretold(const ProphecyReport& report) override;
  void scored(const ScoreReport& report) override;
  void certified(const CertificateReport& report) override;
  void warned(const std::string& code, const std::string& text) override;
  void finished(const Outcome& outcome) override;

 private:
  struct File;
  void write(const std::string& line);

  std::string path_, app_;
  const Settings& settings_;
  std::unique_ptr<File> file_;
};

}  // namespace lively::lab
