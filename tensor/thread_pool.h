// internal: the threads that help a caller with the parts of its work, asleep in between.
#pragma once

#include <cstdint>

namespace lively::detail {

// [0, n) in `parts` even parts, each one call of body(context, begin, end).
struct Parts {
  void (*body)(void*, int64_t, int64_t);
  void* context;
  int64_t n;
  uint32_t count;
};

// Runs all parts, on this thread and as many helpers as are free, and returns when all have ended;
// throws what one of them threw. A helper is inside a OneThread; the caller must be in one too.
void run_parts(const Parts& parts);

}  // namespace lively::detail
