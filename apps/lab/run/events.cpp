#include "apps/lab/run/events.h"

namespace lively::lab {

void Sinks::on(const Event& event) {
  for (Sink* sink : all_) sink->on(event);
}

Passed tells(Sink& out, const char* what) {
  return [&out, what](int64_t done, int64_t of) { out.on(Underway{what, done, of}); };
}

}  // namespace lively::lab
