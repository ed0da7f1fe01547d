#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lively/tensor/tensor.h"

namespace lively {

// The processes that train one model together, each on samples of its own of every batch: what
// BatchParts and batch norm need of them, and no more. Who has such processes (MPI ranks, say)
// implements it. All members must make the same calls in the same order; a call that cannot be
// finished, because a member is gone, throws. Every member is given the same bits.
class Team {
 public:
  virtual ~Team() = default;
  virtual int rank() const = 0;  // from 0
  virtual int size() const = 0;  // at least 1

  // Adds up, place by place, what the members have; the result takes the place of each one's own.
  virtual void sum(std::span<double> values) = 0;
  virtual void sum(std::span<int64_t> values) = 0;

  // Begins to add up a contiguous float32 or float64 tensor, and returns. It may not be touched
  // before finish(), which waits for all that was begun.
  virtual void begin_sum(Tensor& values) = 0;
  virtual void finish() = 0;
  // Lets what was begun go on, where nothing else does.
  virtual void poll() {}

  // What each member has, of any length, in the order of ranks.
  virtual std::vector<std::string> gather(std::string_view mine) = 0;
};

// The same of numbers.
template <class T>
std::vector<std::vector<T>> gather_numbers(Team& team, const std::vector<T>& mine) {
  const std::string_view bytes(reinterpret_cast<const char*>(mine.data()), mine.size() * sizeof(T));
  std::vector<std::vector<T>> all;
  for (const std::string& text : team.gather(bytes)) {
    std::vector<T>& theirs = all.emplace_back(text.size() / sizeof(T));
    std::copy_n(text.data(), theirs.size() * sizeof(T), reinterpret_cast<char*>(theirs.data()));
  }
  return all;
}

}  // namespace lively
