// internal: the loop of the rectifier family, with its counters.
#pragma once

#include <atomic>
#include <type_traits>

#include "lively/autograd/observe.h"
#include "lively/tensor/channel_rows.h"
#include "lively/tensor/map.h"

// A rectifier is given as two functions: `load(at, lane)` gives the pre-activation of element `at`,
// from one operand or several (a sum, a normalisation), and f selects. Counting looks at the
// pre-activation before anything is selected, so that NaN is seen as NaN.

namespace lively::detail {

// y = f(load) for rows of a tile of lanes. With counters, adds how often each lane fired, and gives
// whether every pre-activation was finite; if not, the counts are not to be used.
template <bool kCount, class T, class Load, class F, class N>
bool rectify_tile(const Load& load, const F& f, T* y, int64_t rows, int64_t lanes, int64_t first, N n,
                  int32_t* fired) {
  using Count = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  T marks = 0;
  T* to = &marks;
  vectorised([=] {
    Count count[kLaneTile] = {};
    T bad[kLaneTile] = {};
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t at = i * lanes + first;
      for (int64_t u = 0; u < n; ++u) {
        const T v = load(at + u, first + u);
        if constexpr (kCount) {
          count[u] += v > T(0);
          bad[u] += v * T(0);  // stays 0, or becomes NaN
        }
        y[at + u] = f(v);
      }
    }
    if constexpr (kCount) {
      for (int64_t u = 0; u < n; ++u) {
        fired[first + u] += static_cast<int32_t>(count[u]);
        *to += bad[u];
      }
    }
  });
  return marks == T(0);
}

// y = f(load) for all of [N, C, …]; `counts`, if given, gets what the units did. False: a value was
// not finite, and nothing was counted.
template <class T, class MakeLoad, class F>
bool rectify_rows(const Rows& r, const MakeLoad& make_load, const F& f, T* y, UnitCounts* counts) {
  // Features are split over lanes, pictures over samples: each part has counters of its own.
  std::vector<int32_t> fired(counts ? static_cast<std::size_t>(r.blocks * r.lanes) : 0);
  std::atomic<bool> finite = true;
  const int64_t tiles = (r.lanes + kLaneTile - 1) / kLaneTile, parts = r.blocks * tiles;
  const int64_t grain = 1 + kMapGrain / std::max<int64_t>(1, r.rows * std::min(r.lanes, kLaneTile));
  parallel_for(parts, grain, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t block = part / tiles, first = part % tiles * kLaneTile, base = block * r.rows * r.lanes;
      const auto load = make_load(base);
      int32_t* to = fired.data() + block * r.lanes;
      const auto run = [&](auto n) {
        if (!counts) return (void)rectify_tile<false>(load, f, y + base, r.rows, r.lanes, first, n, to);
        if (!rectify_tile<true>(load, f, y + base, r.rows, r.lanes, first, n, to)) finite = false;
      };
      if (r.lanes - first >= kLaneTile) {
        run(std::integral_constant<int64_t, kLaneTile>());
      } else {
        run(r.lanes - first);
      }
    }
  });
  if (!counts) return true;
  if (!finite) return false;
  for (int64_t block = 0; block < r.blocks; ++block) {
    for (int64_t c = 0; c < r.channels; ++c) {
      int64_t active = 0;
      for (int64_t lane = c; lane < r.lanes; lane += r.channels) active += fired[static_cast<std::size_t>(block * r.lanes + lane)];
      const auto at = static_cast<std::size_t>(c);
      counts->active[at] += active;
      counts->fired[at] += r.positions == 1 && r.blocks == 1 ? active : active > 0;
    }
  }
  counts->samples += r.samples;
  counts->positions = r.positions;
  return true;
}

// One rectifier call as a listener sees it; inactive when there is none.
class Observed {
 public:
  // Throws ShapeError if there is a listener and no axis of units; flat activations, which serve for much
  // else, then pass unobserved.
  Observed(const char* op, NegativeSide side, const Shape& shape);
  bool listening() const { return listener_ != nullptr; }
  // Where to count; null: not wanted.
  UnitCounts* counts() const { return counts_; }
  // Does the listener want the pre-activations, which a fused form does not keep?
  bool wants_values() const { return listener_ && listener_->wants_pre_activations(); }
  // Hands the listener what it wants; `activations` and `slopes` where the negative side is not zero.
  void rectified(const Tensor& pre_activations, const Tensor& activations = {}, std::function<Tensor()> slopes = {}) const;
  // Hands it the result, and gives that back.
  Variable activated(Variable y) const;

 private:
  RectifierListener* listener_ = nullptr;
  UnitCounts* counts_ = nullptr;
  std::string path_;
  RectifierSite site_;
};

// Features or channels-last pictures without gaps: what the counting loop reads as rows.
inline bool has_rows(const Tensor& z) {
  return z.rank() == 2 ? z.is_contiguous() : z.strides() == channels_last_strides(z.shape());
}

// For an op whose negative side is zero.
struct NoSlope {
  Tensor operator()(const Tensor&) const { return {}; }
};

// f of every pre-activation, counted if someone listens. `dx` gives dX for a dY.
template <class F, class Dx, class... More>
Tensor rectify(const Observed& seen, const char* op, const F& f, const Dx& dx, const Tensor& z, const More&... more) {
  UnitCounts* counts = seen.counts();
  Tensor y;
  if constexpr (sizeof...(More) == 0) {
    if (counts && has_rows(z)) {
      y = Tensor::empty_strided(z.shape(), z.strides(), z.dtype());
      const bool counted = visit_float(op, z.dtype(), [&](auto zero) {
        using T = decltype(zero);
        const auto load = [in = z.data<T>()](int64_t base) {
          return [from = in + base](int64_t at, int64_t) { return from[at]; };
        };
        return rectify_rows(Rows(z.shape()), load, f, y.mutable_data<T>(), counts);
      });
      if (counted) counts = nullptr;
    }
  }
  if (!y.defined()) y = map(op, f, z, more...);
  if (counts) count_units(*counts, z);
  if (!seen.wants_values()) return y;
  if constexpr (std::is_same_v<Dx, NoSlope>) {
    seen.rectified(z);
  } else {
    seen.rectified(z, y, [&] { return dx(Tensor::ones(z.shape(), z.dtype())); });
  }
  return y;
}

}  // namespace lively::detail
