#include "lively/tensor/conv_tile.h"

#include <algorithm>

#include "lively/tensor/isa.h"

namespace lively::detail {
namespace {

template <class T, int kBytes>
struct VectorOf {
  // `aligned`: rows of channels lie anywhere.
  typedef T type [[gnu::vector_size(kBytes), gnu::aligned(sizeof(T)), gnu::may_alias]];
};

// kBytes a vector, kWide vectors of output channels; kPixels and kTaps are the tiles' other sides.
template <class T, int kBytes, int kWide, int kPixels, int kTaps>
struct Tile {
  using Vector = typename VectorOf<T, kBytes>::type;
  static constexpr int kLanes = kBytes / static_cast<int>(sizeof(T));
  static constexpr int kChannels = kLanes * kWide;

  struct Product {
    const int32_t *in, *out;
    int64_t pixels;
    const TileRun* runs;
    int64_t run_count;
    const T *x, *w, *bias;
    int64_t channels;
    T* y;

    [[gnu::always_inline]] void operator()() const {
      for (int64_t at = 0; at < pixels; at += kPixels) {
        int64_t begin[kPixels];  // beyond the last pixel, that one again
        for (int p = 0; p < kPixels; ++p) begin[p] = in[std::min(at + p, pixels - 1)];
        Vector sum[kPixels][kWide];
        for (int p = 0; p < kPixels; ++p)
          for (int v = 0; v < kWide; ++v)
            sum[p][v] = *reinterpret_cast<const Vector*>(bias + v * kLanes);
        const T* k = w;
        for (int64_t r = 0; r < run_count; ++r) {
          const T* from = x + runs[r].offset;
          for (int64_t i = 0; i < runs[r].length; ++i, k += kChannels) {
            Vector weights[kWide];
            for (int v = 0; v < kWide; ++v)
              weights[v] = *reinterpret_cast<const Vector*>(k + v * kLanes);
#pragma GCC unroll 16
            for (int p = 0; p < kPixels; ++p)
#pragma GCC unroll 4
              for (int v = 0; v < kWide; ++v) sum[p][v] += weights[v] * from[begin[p] + i];
          }
        }
        store(at, sum);
      }
    }

    [[gnu::always_inline]] void store(int64_t at, const Vector (&sum)[kPixels][kWide]) const {
      const int64_t n = std::min<int64_t>(kPixels, pixels - at);
#pragma GCC unroll 16
      for (int p = 0; p < kPixels; ++p) {
        if (p >= n) break;
        T* to = y + out[at + p];
        if (channels == kChannels) {
#pragma GCC unroll 4
          for (int v = 0; v < kWide; ++v) *reinterpret_cast<Vector*>(to + v * kLanes) = sum[p][v];
        } else {
          for (int64_t c = 0; c < channels; ++c) to[c] = sum[p][c / kLanes][c % kLanes];
        }
      }
    }
  };

  struct Weights {
    const int32_t* in;
    int64_t pixels;
    const T *x, *dy;
    int64_t dy_pitch, taps;
    T* dw;
    int64_t dw_pitch;

    [[gnu::always_inline]] void operator()() const {
      Vector sum[kTaps][kWide] = {};
      for (int64_t p = 0; p < pixels; ++p) {
        const T* from = x + in[p];
        Vector gradient[kWide];
        for (int v = 0; v < kWide; ++v)
          gradient[v] = *reinterpret_cast<const Vector*>(dy + p * dy_pitch + v * kLanes);
#pragma GCC unroll 16
        for (int k = 0; k < kTaps; ++k)
#pragma GCC unroll 4
          for (int v = 0; v < kWide; ++v) sum[k][v] += gradient[v] * from[k];
      }
#pragma GCC unroll 16
      for (int k = 0; k < kTaps; ++k) {
        if (k >= taps) break;
#pragma GCC unroll 4
        for (int v = 0; v < kWide; ++v)
          *reinterpret_cast<Vector*>(dw + k * dw_pitch + v * kLanes) += sum[k][v];
      }
    }
  };
};

constexpr int kTaps = 6;
constexpr int64_t kBand = 112;  // pixels whose x and dy stay in the L1 cache over all taps

// Calls `use` with the tile for a block of that width, and the way to run it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

template <class T, int kVector, int kWide, int kPixels>
using TileOf = Tile<T, kVector, kWide, kPixels, kTaps>;

template <class T, class Use>
void with_tile(int64_t width, const Use& use) {
  const auto avx512 = [](const auto& job) { on_avx512(job); };
  const auto avx2 = [](const auto& job) { on_avx2(job); };
  const auto baseline = [](const auto& job) { job(); };
  const int64_t bytes = width * static_cast<int64_t>(sizeof(T));
  if (kIsa == Isa::avx512) {
    if (bytes == 256) return use(TileOf<T, 64, 4, 7>(), avx512);
    if (bytes == 128) return use(TileOf<T, 32, 4, 7>(), avx512);
    if (bytes == 64) return use(TileOf<T, 32, 2, 7>(), avx512);
    return use(TileOf<T, 32, 1, 12>(), avx512);
  }
  if (kIsa == Isa::avx2) {
    if (bytes == 64) return use(TileOf<T, 32, 2, 6>(), avx2);
    return use(TileOf<T, 32, 1, 6>(), avx2);
  }
  if (bytes == 32) return use(TileOf<T, 16, 2, 6>(), baseline);
  return use(TileOf<T, 16, 1, 6>(), baseline);
}

std::span<const int64_t> block_bytes() {
  static constexpr int64_t avx512[] = {256, 128, 64, 32}, avx2[] = {64, 32}, baseline[] = {32, 16};
  return kIsa == Isa::avx512 ? std::span<const int64_t>(avx512)
         : kIsa == Isa::avx2 ? std::span<const int64_t>(avx2)
                             : baseline;
}

#else

template <class T, class Use>
void with_tile(int64_t, const Use& use) {
  use(Tile<T, 16, 2, 6, kTaps>(), [](const auto& job) { job(); });
}

std::span<const int64_t> block_bytes() {
  static constexpr int64_t bytes[] = {32};
  return bytes;
}

#endif

}  // namespace

template <class T>
std::vector<TileBlock> tile_blocks(int64_t channels) {
  std::vector<TileBlock> blocks;
  const std::span<const int64_t> widths = block_bytes();
  int64_t first = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const int64_t width = widths[i] / static_cast<int64_t>(sizeof(T));
    const bool last = i + 1 == widths.size();
    for (; channels - first >= width || (last && first < channels); first += width)
      blocks.push_back({first, width});
  }
  return blocks;
}

template <class T>
void tile_product(const TilePixels& pixels, std::span<const TileRun> runs, const T* x, const T* w,
    const T* bias, TileBlock block, int64_t channels, T* y) {
  with_tile<T>(block.width, [&](auto tile, const auto& run) {
    run(typename decltype(tile)::Product{pixels.in.data(), pixels.out.data(),
        static_cast<int64_t>(pixels.in.size()), runs.data(), static_cast<int64_t>(runs.size()), x,
        w, bias, channels, y});
  });
}

template <class T>
void tile_weights(const TilePixels& pixels, std::span<const TileRun> runs, const T* x, const T* dy,
    int64_t dy_pitch, TileBlock block, T* dw, int64_t dw_pitch) {
  const auto count = static_cast<int64_t>(pixels.in.size());
  with_tile<T>(block.width, [&](auto tile, const auto& run) {
    for (int64_t p = 0; p < count; p += kBand) {
      T* to = dw;
      for (const TileRun& r : runs)
        for (int64_t k = 0; k < r.length; k += kTaps) {
          const int64_t taps = std::min<int64_t>(kTaps, r.length - k);
          run(typename decltype(tile)::Weights{pixels.in.data() + p, std::min(kBand, count - p),
              x + r.offset + k, dy + p * dy_pitch, dy_pitch, taps, to, dw_pitch});
          to += taps * dw_pitch;
        }
    }
  });
}

template std::vector<TileBlock> tile_blocks<float>(int64_t);
template std::vector<TileBlock> tile_blocks<double>(int64_t);
template void tile_product(const TilePixels&, std::span<const TileRun>, const float*, const float*,
    const float*, TileBlock, int64_t, float*);
template void tile_product(const TilePixels&, std::span<const TileRun>, const double*,
    const double*, const double*, TileBlock, int64_t, double*);
template void tile_weights(const TilePixels&, std::span<const TileRun>, const float*, const float*,
    int64_t, TileBlock, float*, int64_t);
template void tile_weights(const TilePixels&, std::span<const TileRun>, const double*,
    const double*, int64_t, TileBlock, double*, int64_t);

}  // namespace lively::detail
