#pragma once

#include <string_view>

// Thread-local state behind NoGrad, DetectAnomaly and error messages.

namespace lively::detail {

struct Modes {
  bool grad = true;
  bool anomaly = false;
  const char* running = nullptr;  // the op whose gradient is being computed
};
extern thread_local constinit Modes t_modes;

}  // namespace lively::detail
