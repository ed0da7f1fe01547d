#pragma once

#include <memory>

#include "apps/lab/recipe/settings.h"
#include "apps/lab/run/events.h"

namespace lively::lab {

// Shows a run to a person: the settings as resolved, a line an epoch, the verdict. Lines go to
// stdout and read well in a pipe; the progress bar goes to stderr, on a terminal only.
class Screen final : public Sink {
 public:
  Screen(std::string program, const Settings& settings);
  ~Screen() override;

  void on(const Event& event) override;
  // Says, on a terminal, how far the search for a cure is.
  void treating(int64_t twins, double seconds, double at_most);
  void treated();  // takes its progress away

 private:
  class Painter;
  std::unique_ptr<Painter> painter_;
};

}  // namespace lively::lab
