#pragma once

#include <memory>
#include <string>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"

namespace lively::lab {

// Writes a run's events as JSON lines, the schema of apps/README.md. Whole lines only: should
// the disk fill up, the line under way is taken back, and an error ends the run.
class JsonLog final : public Sink {
 public:
  // Opens the file when the run starts, so that a run that never does leaves none behind, and
  // holds it (see words/hold.h). Throws Error, as the others do, with the file and the reason.
  JsonLog(std::string path, std::string app, const Settings& settings);
  ~JsonLog() override;

  void on(const Event& event) override;

 private:
  struct File;
  void open();
  void write(const std::string& line);

  std::string path_, app_;
  const Settings& settings_;
  std::unique_ptr<File> file_;
};

}  // namespace lively::lab
