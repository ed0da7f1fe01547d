#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace lively::lab {

// How the cases of a grading are gone through.
struct Rounds {
  uint64_t seed = 1;  // of the first case; the next have the next
  int workers = 0;    // at once; 0: one a core
  std::string out{};  // a JSON line a case; those that are in it are not made again. Empty: none
  const std::atomic<bool>* interrupt = nullptr;
  // How many cases that count are made, of how many.
  std::function<void(const char* what, int64_t made, int64_t of)> progress{};
};

struct Graded {
  std::string report;  // of what was made; at most 100 columns
  bool whole = false;  // else it was interrupted
};

}  // namespace lively::lab
