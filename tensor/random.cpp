#include "lively/tensor/random.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace lively {
namespace {

// FNV-1a: only names streams, so a simple stable hash will do.
uint32_t hash(std::string_view text) {
  uint32_t h = 2166136261u;
  for (const char c : text) h = (h ^ static_cast<uint8_t>(c)) * 16777619u;
  return h;
}

// Mixes a 64-bit index into 32 bits (the finaliser of SplitMix64).
uint32_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>(x ^ (x >> 31));
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0], b = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
        static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

Stream::Stream(Seed seed, std::string_view purpose, uint64_t index, uint32_t sub_index)
    : key_{static_cast<uint32_t>(static_cast<uint64_t>(seed)),
          static_cast<uint32_t>(static_cast<uint64_t>(seed) >> 32)},
      name_{hash(purpose), mix(index + 0x9E3779B97F4A7C15u * (uint64_t{sub_index} + 1))} {}

uint32_t Stream::bits() {
  const uint64_t lane = position_ % 4;
  if (lane == 0) {
    const uint64_t block = position_ / 4;
    block_ = philox(
        {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), name_[0], name_[1]},
        key_);
  }
  ++position_;
  return block_[lane];
}

void Stream::restore(const State& state) {
  position_ = state.position - state.position % 4;
  while (position_ < state.position) bits();
  spare_ = state.spare;
  has_spare_ = state.has_spare;
}

double Stream::uniform() {
  const uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double Stream::normal() {
  if (std::exchange(has_spare_, false)) return spare_;
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

uint64_t Stream::below(uint64_t n) {
  // Draws beyond the last whole multiple of n would favour small numbers.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  for (;;) {
    const uint64_t high = bits();
    const uint64_t draw = (high << 32) | bits();
    if (draw < limit) return draw % n;
  }
}

namespace {

template <class Draw>
void fill_by(const char* op, Tensor& t, Draw&& draw) {
  check_defined(op, t);
  visit_float(op, t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (T& v : t.mutable_values<T>()) v = static_cast<T>(draw());
  });
}

}  // namespace

void fill_uniform(Tensor& t, Stream& stream, double low, double high) {
  fill_by("fill_uniform", t, [&] { return stream.uniform(low, high); });
}

void fill_normal(Tensor& t, Stream& stream, double mean, double deviation) {
  fill_by("fill_normal", t, [&] { return mean + deviation * stream.normal(); });
}

Tensor permutation(int64_t n, Stream& stream) {
  Tensor order = Tensor::arange(n);
  int64_t* p = order.mutable_data<int64_t>();
  for (int64_t i = n - 1; i > 0; --i)
    std::swap(p[i], p[stream.below(static_cast<uint64_t>(i) + 1)]);
  return order;
}

}  // namespace lively
