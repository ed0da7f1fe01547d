#pragma once

#include "lively/tensor/threads.h"

namespace lively::testing {

// Another number of threads, for as long as it lives.
struct WithThreads {
  explicit WithThreads(int n) : before(threads()) { set_threads(n); }
  ~WithThreads() { set_threads(before); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;
  const int before;
};

}  // namespace lively::testing
