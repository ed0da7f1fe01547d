// internal: tensors [N, C, …] as rows of channels.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "lively/tensor/conv.h"
#include "lively/tensor/isa.h"
#include "lively/tensor/threads.h"

namespace lively::detail {

inline constexpr int64_t kLaneTile = 64;  // lanes handled at once: their sums stay in registers

// Features [N, C], or pictures [N, C, …] that lie channels-last, as blocks of rows of `lanes`
// numbers. Features are one block, a row a sample; pictures a block a sample. Where channels are
// few, several positions share a row (`fold`), so that loops over lanes are worth vectorising: lane
// l is channel l % channels.
struct Rows {
  int64_t samples, positions, channels;  // positions a sample: 1 for features
  bool features;
  int64_t blocks, rows;  // rows of a block
  int64_t fold, lanes;

  explicit Rows(const Shape& shape) : samples(shape[0]), channels(shape[1]) {
    positions = 1;
    for (int i = 2; i < shape.rank(); ++i) positions *= shape[i];
    features = shape.rank() == 2;
    blocks = features ? 1 : samples;
    rows = features ? samples : positions;
    fold = std::max<int64_t>(1, kLaneTile / std::max<int64_t>(1, channels));
    while (rows % fold) --fold;
    rows /= fold;
    lanes = channels * fold;
  }
  int64_t numel() const { return samples * positions * channels; }

  // Joins a number for each lane into one for each channel.
  template <class From, class To, class Join>
  void fold_lanes(const From* lane, To* channel, const Join& join) const {
    for (int64_t f = 0; f < fold; ++f, lane += channels)
      for (int64_t c = 0; c < channels; ++c) channel[c] = join(channel[c], lane[c]);
  }

  // A number for each channel, repeated for each lane.
  template <class T>
  std::vector<T> spread(const Tensor& by_channel) const {
    std::vector<T> out;
    const Tensor row = by_channel.contiguous();
    for (int64_t f = 0; f < fold; ++f)
      for (const T v : row.template values<T>()) out.push_back(v);
    return out;
  }
};

// Calls body(begin, n) for tiles of at most 64 lanes; n is a compile-time constant for whole ones
// of float32, which is trained in.
template <class T, class Body>
void for_lane_tiles(int64_t lanes, const Body& body) {
  for (int64_t l = 0; l < lanes; l += kLaneTile) {
    if constexpr (std::is_same_v<T, float>) {
      if (lanes - l >= kLaneTile) {
        body(l, std::integral_constant<int64_t, kLaneTile>());
        continue;
      }
    }
    body(l, std::min(lanes - l, kLaneTile));
  }
}

}  // namespace lively::detail
