#pragma once

#include <string>

#include "apps/lab/run/events.h"

namespace lively::lab {

// Writes the page of a run from its log while it goes on: at birth, after each epoch and once it
// has ended, before what heals it is looked for. Browsers read it anew every few seconds. To be
// told after the log is.
class LivePage final : public Sink {
 public:
  LivePage(std::string page, std::string log) : page_(std::move(page)), log_(std::move(log)) {}
  void on(const Event& event) override;

 private:
  std::string page_, log_;
};

}  // namespace lively::lab
