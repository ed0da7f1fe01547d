#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lively/tensor/tensor.h"

namespace lively {

enum class Seed : uint64_t {};

// A counter-based stream of random numbers: Philox 4x32-10 (Salmon et al., SC 2011). A stream
// is named by (seed, purpose, index, index); draws of one stream never disturb another, so
// evaluating never disturbs training. The same name gives the same numbers on every machine;
// `normal` goes through the C library's log, cos and sin, and promises them for one machine.
class Stream {
 public:
  Stream(Seed seed, std::string_view purpose, uint64_t index = 0, uint32_t sub_index = 0);

  uint32_t bits();
  double uniform();  // in [0, 1), 53 bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();  // mean 0, variance 1 (Box and Muller)
  // A whole number in [0, n) without bias. n >= 1.
  uint64_t below(uint64_t n);

  // Where the stream stands, and how to go on from there.
  struct State {
    uint64_t position = 0;
    double spare = 0;
    bool has_spare = false;
  };
  State state() const { return {position_, spare_, has_spare_}; }
  void restore(const State& state);

 private:
  std::array<uint32_t, 2> key_{};
  std::array<uint32_t, 2> name_{};  // upper half of the counter
  uint64_t position_ = 0;           // 32-bit draws so far
  std::array<uint32_t, 4> block_{};
  double spare_ = 0;
  bool has_spare_ = false;
};

// Ten rounds of Philox 4x32 on this counter and key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// Fill a float tensor in row-major order.
void fill_uniform(Tensor& t, Stream& stream, double low, double high);
void fill_normal(Tensor& t, Stream& stream, double mean, double deviation);

// 0 … n - 1 in random order (Fisher and Yates), int64 [n].
Tensor permutation(int64_t n, Stream& stream);

}  // namespace lively
