// internal: the register tiles of convolution.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

// Direct convolution is two loops, both on a tile of accumulators that stays in registers:
//
//   product   y[pixel][o]  = bias[o] + Σ_k x[pixel + k] · w[k][o]     tile: 7 pixels x 32 channels
//   weights   dw[k][o]    += Σ_pixel x[pixel + k] · dy[pixel][o]      tile: 6 k's x 32 channels
//
// k runs over the taps of the kernel and their input channels. Channels lie side by side, so one
// step loads vectors of output channels once and multiplies them by broadcast numbers of x: 28
// fused multiply-adds for 11 loads. Which numbers of x belong to a pixel is the caller's: `in` has
// where each pixel's window begins, `runs` what lies side by side in it. So stride, dilation and
// the flipped kernel of the input gradient need no tile of their own.
//
// Vectors have 32 bytes even under AVX-512, but for 64 channels and more: its 32 registers are what
// the tile wants, and a Zen 4, whose 512-bit units are 256 bits wide, is faster so by a fifth.

namespace lively::detail {

struct TileRun {
  int64_t offset;  // of its first number, from the window's beginning
  int64_t length;
};

// The pixels of one sample: where a window begins in x, and where its result lies.
struct TilePixels {
  std::vector<int32_t> in, out;
};

// Output channels are handled in blocks, the last one perhaps wider than what is left.
struct TileBlock {
  int64_t first, width;
};
template <class T>
std::vector<TileBlock> tile_blocks(int64_t channels);

// x of weights sums runs of six numbers and may read this many beyond the last one.
inline constexpr int64_t kTileSlack = 8;

// y[out[p] + o] for all pixels and the `channels` of a block. `w` is [Σ length][block width].
template <class T>
void tile_product(const TilePixels& pixels, std::span<const TileRun> runs, const T* x, const T* w,
    const T* bias, TileBlock block, int64_t channels, T* y);

// dw[k][o] += …, with rows of dy `dy_pitch` apart, one a pixel, and rows of dw `dw_pitch` apart;
// both wide enough for whole blocks.
template <class T>
void tile_weights(const TilePixels& pixels, std::span<const TileRun> runs, const T* x, const T* dy,
    int64_t dy_pitch, TileBlock block, T* dw, int64_t dw_pitch);

}  // namespace lively::detail
