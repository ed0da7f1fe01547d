// internal: the loop of the rectifier family, with its counters.
#pragma once

#include <atomic>
#include <limits>
#include <type_traits>

#include "lively/autograd/observe.h"
#include "lively/tensor/channel_rows.h"
#include "lively/tensor/map.h"

// A rectifier is given as two functions: `load(at, lane)` gives the pre-activation of element `at`,
// from one operand or several (a sum, a normalisation), and f selects. Counting looks at the
// pre-activation before anything is selected, so that NaN is seen as NaN.

namespace lively::detail {

inline constexpr int64_t kPartRows = 64;  // of features: few enough to stay in the nearest cache

enum class Watch : uint8_t { nothing, counts, peaks };

// A place for results that are not kept.
struct Nowhere {
  Nowhere operator+(int64_t) const { return {}; }
};

// Where a tile writes what it saw of each lane.
template <class T>
struct Seen {
  int32_t* fired = nullptr;
  T *top = nullptr, *sum = nullptr;
};

// y = f(load) for rows of a tile of lanes. Watched, it tells how often each lane fired, its largest
// pre-activation and the sum of its results, and gives whether every pre-activation was finite; if
// not, the rest is not to be used.
template <Watch kWatch, class T, class Load, class F, class Y, class N>
bool rectify_tile(const Load& load, const F& f, Y y, int64_t rows, int64_t lanes, int64_t first,
    N n, const Seen<T>& seen) {
  using Count = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  constexpr bool kCount = kWatch != Watch::nothing, kPeaks = kWatch == Watch::peaks;
  T marks = 0;
  T* to = &marks;
  vectorised<T>([=] {
    Count count[kLaneTile] = {};
    T all[kLaneTile] = {}, top[kLaneTile], sum[kLaneTile] = {};
    for (int64_t u = 0; u < n; ++u) top[u] = -std::numeric_limits<T>::infinity();
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t at = i * lanes + first;
      for (int64_t u = 0; u < n; ++u) {
        const T v = load(at + u, first + u), kept = f(v);
        if constexpr (kCount) {
          count[u] += v > T(0);
          all[u] += v;  // finite only if every v is
        }
        if constexpr (kPeaks) {
          top[u] = v > top[u] ? v : top[u];
          sum[u] += kept;
        }
        if constexpr (std::is_pointer_v<Y>) y[at + u] = kept;
      }
    }
    if constexpr (kCount) {
      for (int64_t u = 0; u < n; ++u) {
        seen.fired[first + u] = static_cast<int32_t>(count[u]);
        *to += all[u] - all[u];
      }
    }
    if constexpr (kPeaks) {
      for (int64_t u = 0; u < n; ++u) {
        seen.top[first + u] = top[u];
        seen.sum[first + u] = sum[u];
        *to += sum[u] - sum[u];
      }
    }
  });
  return marks == T(0);
}

// From what was seen of each lane in each part.
template <class T>
UnitPeaks peaks_of(const Rows& r, int64_t parts, int64_t samples, const std::vector<T>& top,
    const std::vector<T>& sum) {
  const auto places = static_cast<std::size_t>(parts * r.channels);
  UnitPeaks peaks{parts, samples,
      std::vector<double>(places, -std::numeric_limits<double>::infinity()),
      std::vector<double>(places)};
  for (int64_t part = 0; part < parts; ++part) {
    r.fold_lanes(top.data() + part * r.lanes, peaks.top.data() + part * r.channels,
        [](double a, T b) { return b > a ? b : a; });
    r.fold_lanes(sum.data() + part * r.lanes, peaks.sum.data() + part * r.channels,
        [](double a, T b) { return a + b; });
  }
  return peaks;
}

// How [N, C, …] is cut: parts of few rows, of features several, of pictures one sample each, and
// tiles of lanes.
struct Parts {
  int64_t height, rows, count, tiles;  // of a part; of all; parts; tiles a part

  explicit Parts(const Rows& r)
      : height(r.features ? std::min<int64_t>(kPartRows, r.rows) : r.rows),
        rows(r.blocks * r.rows),
        count(height ? (rows + height - 1) / height : 0),
        tiles((r.lanes + kLaneTile - 1) / kLaneTile) {}

  // Calls tile(part, its rows, first lane, lanes), the last as a constant for whole tiles of
  // float32, which is trained in; split over threads.
  template <class T, class Tile>
  void for_tiles(const Rows& r, const Tile& tile) const {
    const int64_t grain =
        1 + kMapGrain / std::max<int64_t>(1, height * std::min(r.lanes, kLaneTile));
    parallel_for(count * tiles, grain, [&](int64_t begin, int64_t end) {
      for (int64_t job = begin; job < end; ++job) {
        const int64_t part = job / tiles, first = job % tiles * kLaneTile;
        const int64_t n_rows = std::min(height, rows - part * height);
        if constexpr (std::is_same_v<T, float>) {
          if (r.lanes - first >= kLaneTile) {
            tile(part, n_rows, first, std::integral_constant<int64_t, kLaneTile>());
            continue;
          }
        }
        tile(part, n_rows, first, std::min(r.lanes - first, kLaneTile));
      }
    });
  }
};

// y = f(load) for all of [N, C, …].
template <class T, class MakeLoad, class F>
void map_rows(const Rows& r, const MakeLoad& make_load, const F& f, T* y) {
  const Parts parts(r);
  parts.for_tiles<T>(r, [&](int64_t part, int64_t rows, int64_t first, auto n) {
    const int64_t base = part * parts.height * r.lanes;
    rectify_tile<Watch::nothing, T>(
        make_load(base), f, y + base, rows, r.lanes, first, n, Seen<T>());
  });
}

// The same, where `counts` gets what the units did and `peaks`, if given, what they reached; y may
// be Nowhere. False: a value was not finite, or a sum of them was too large for its type, and
// nothing was counted.
template <class T, class MakeLoad, class F, class Y>
bool rectify_rows(const Rows& r, const MakeLoad& make_load, const F& f, Y y, UnitCounts& counts,
    UnitPeaks* peaks) {
  // Each part and tile of lanes has counters of its own.
  const Parts parts(r);
  const auto places = static_cast<std::size_t>(parts.count * r.lanes);
  std::vector<int32_t> fired(places);
  std::vector<T> top(peaks ? places : 0), sum(top.size());
  std::atomic<bool> finite = true;
  parts.for_tiles<T>(r, [&](int64_t part, int64_t rows, int64_t first, auto n) {
    const int64_t base = part * parts.height * r.lanes, at = part * r.lanes;
    const Seen<T> to{
        fired.data() + at, peaks ? top.data() + at : nullptr, peaks ? sum.data() + at : nullptr};
    const auto load = make_load(base);
    if (!(peaks ? rectify_tile<Watch::peaks, T>(load, f, y + base, rows, r.lanes, first, n, to)
                : rectify_tile<Watch::counts, T>(load, f, y + base, rows, r.lanes, first, n, to)))
      finite = false;
  });
  if (!finite) return false;
  std::vector<int64_t> active(static_cast<std::size_t>(r.channels));
  for (int64_t part = 0; part < parts.count; ++part) {
    std::fill(active.begin(), active.end(), 0);
    r.fold_lanes(
        fired.data() + part * r.lanes, active.data(), [](int64_t a, int32_t b) { return a + b; });
    for (std::size_t c = 0; c < active.size(); ++c) {
      counts.active[c] += active[c];
      counts.fired[c] += r.features ? active[c] : active[c] > 0;
    }
  }
  counts.samples += r.samples;
  counts.positions = r.positions;
  if (peaks) *peaks = peaks_of(r, parts.count, r.features ? parts.height * r.fold : 1, top, sum);
  return true;
}

// One rectifier call as a listener sees it; inactive when there is none.
class Observed {
 public:
  // Throws ShapeError if there is a listener and no axis of units; flat activations, which serve
  // for much else, then pass unobserved.
  Observed(const char* op, NegativeSide side, const Shape& shape);
  bool listening() const { return listener_ != nullptr; }
  // Where to count; null: not wanted.
  UnitCounts* counts() const { return counts_; }
  // Counts, where wanted, and looks for peaks in a pass of its own over the pre-activations.
  void count(const Tensor& z);
  // Does the listener want the pre-activations, which a fused form does not keep?
  bool wants_values() const { return listener_ && listener_->wants_pre_activations(); }
  // Where the loop that counts leaves what it saw beside; null: not wanted.
  UnitPeaks* peaks() { return wants_values() ? &peaks_ : nullptr; }
  // Hands the listener what it wants: the pre-activations or a function that makes them, the result
  // and, where the negative side is not zero, the slopes.
  template <class Z>
  void rectified(Z pre_activations, const Tensor& y, std::function<Tensor()> slopes = {}) const {
    if (wants_values())
      tell(PreActivations(std::move(pre_activations), peaks_.parts ? &peaks_ : nullptr), y,
          std::move(slopes));
  }
  // Hands it the result, and gives that back.
  Variable activated(Variable y) const;

 private:
  void tell(const PreActivations& z, const Tensor& y, std::function<Tensor()> slopes) const;

  RectifierListener* listener_ = nullptr;
  UnitCounts* counts_ = nullptr;
  UnitPeaks peaks_;
  std::string path_;
  RectifierSite site_;
};

// Features or channels-last pictures without gaps: what the counting loop reads as rows.
inline bool has_rows(const Tensor& z) {
  return z.rank() == 2 ? z.is_contiguous() : z.strides() == channels_last_strides(z.shape());
}

// For an op whose slope is 0 or 1.
struct NoSlope {
  Tensor operator()(const Tensor&) const { return {}; }
};

// From a base to the pre-activations from there on, where these are a tensor.
template <class T>
auto load_of(const Tensor& z) {
  return [in = z.data<T>()](
             int64_t base) { return [from = in + base](int64_t at, int64_t) { return from[at]; }; };
}

// Hands over what `rectify` and its like saw.
template <class Dx>
void tell_rectified(const Observed& seen, const Dx& dx, const Tensor& z, const Tensor& y) {
  if (!seen.wants_values()) return;
  if constexpr (std::is_same_v<Dx, NoSlope>) {
    seen.rectified(z, y);
  } else {
    seen.rectified(z, y, [&] { return dx(Tensor::ones(z.shape(), z.dtype())); });
  }
}

// f of every pre-activation, counted if someone listens. `dx` gives dX for a dY.
template <class F, class Dx, class... More>
Tensor rectify(Observed& seen, const char* op, const F& f, const Dx& dx, const Tensor& z,
    const More&... more) {
  Tensor y = map(op, f, z, more...);
  seen.count(z);
  tell_rectified(seen, dx, z, y);
  return y;
}

// The same in one pass over memory: for cheap functions, in which a second would show.
template <class F, class Dx>
Tensor rectify_fused(Observed& seen, const char* op, const F& f, const Dx& dx, const Tensor& z) {
  if (!seen.counts() || !has_rows(z)) return rectify(seen, op, f, dx, z);
  Tensor y = Tensor::empty_strided(z.shape(), z.strides(), z.dtype());
  const bool counted = visit_float(op, z.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return rectify_rows<T>(
        Rows(z.shape()), load_of<T>(z), f, y.mutable_data<T>(), *seen.counts(), seen.peaks());
  });
  if (!counted) count_units(*seen.counts(), z);
  tell_rectified(seen, dx, z, y);
  return y;
}

}  // namespace lively::detail
