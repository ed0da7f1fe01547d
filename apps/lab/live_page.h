#pragma once

#include <functional>
#include <string>

#include "apps/lab/run/events.h"

namespace lively::lab {

// Seconds of a clock that nobody sets.
double steady_seconds();

// Writes the page of a run from its log while it goes on: at birth, after an epoch and once it
// has ended, before what heals it is looked for. Browsers read it anew every few seconds; epochs
// that end sooner after the last page, or within 20 times what that took, are left to the next
// one. A page that cannot be written is said once on stderr, and the run goes on. To be told after
// the log is.
class LivePage final : public Sink {
 public:
  LivePage(std::string program, std::string page, std::string log,
      std::function<double()> seconds = steady_seconds)
      : program_(std::move(program)),
        page_(std::move(page)),
        log_(std::move(log)),
        seconds_(std::move(seconds)) {}
  void on(const Event& event) override;

 private:
  void write();

  std::string program_, page_, log_;
  std::function<double()> seconds_;
  double next_ = 0;  // before then only what cannot wait is written
  bool warned_ = false;
};

}  // namespace lively::lab
