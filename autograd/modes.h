#pragma once

#include <string_view>

// Thread-local state behind NoGrad, DetectAnomaly, BatchParts and error messages.

namespace lively::detail {

class PartScope;

struct Modes {
  bool grad = true;
  bool anomaly = false;
  const char* running = nullptr;  // the op whose gradient is being computed
  PartScope* part = nullptr;      // of a batch, that this thread runs (parts.h)
};
extern thread_local constinit Modes t_modes;

}  // namespace lively::detail
