// One pass takes the largest pre-activation and the sum of the activations of every lane. Where in
// the set a unit had them is looked up afterwards, and only for units that beat their best so far:
// the longer the set, the rarer that is.
#include "lively/nn/liveness/scan.h"

#include <cmath>
#include <limits>

#include "lively/tensor/channel_rows.h"

namespace lively {
namespace {

using detail::Rows;

void start(UnitValues& v, int64_t units) {
  const auto n = static_cast<std::size_t>(units);
  if (v.max_z.size() == n) return;
  v.max_z.assign(n, -std::numeric_limits<double>::infinity());
  v.argmax_sample.assign(n, -1);
  v.last_fired.assign(n, -1);
  v.sum_abs.assign(n, 0);
  v.max_slope.assign(n, 0);
  v.rounding.assign(n, 0);
}

// The top and the sum of each lane of each block of rows.
template <class T>
struct Lanes {
  std::vector<T> top, sum;
  bool finite = true;
};

template <class T, class TopOf, class SumOf>
Lanes<T> lanes_of(const Rows& r, const T* p, const TopOf& top_of, const SumOf& sum_of) {
  const auto n = static_cast<std::size_t>(r.blocks * r.lanes);
  Lanes<T> out{std::vector<T>(n), std::vector<T>(n)};
  std::vector<T> bad(n);
  const int64_t rows = r.rows, lanes = r.lanes;
  parallel_for(r.blocks, 1 + 32768 / std::max<int64_t>(1, rows * lanes), [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      detail::for_lane_tiles(lanes, [&](int64_t first, auto width) {
        const T* from = p + block * rows * lanes + first;
        const int64_t to = block * lanes + first;
        T *tops = out.top.data() + to, *sums = out.sum.data() + to, *bads = bad.data() + to;
        detail::vectorised([=] {
          T top[detail::kLaneTile], sum[detail::kLaneTile] = {}, off[detail::kLaneTile] = {};
          for (int64_t u = 0; u < width; ++u) top[u] = -std::numeric_limits<T>::infinity();
          for (int64_t i = 0; i < rows; ++i) {
            for (int64_t u = 0; u < width; ++u) {
              const T v = from[i * lanes + u], t = top_of(v);
              top[u] = t > top[u] ? t : top[u];
              sum[u] += sum_of(v);
              off[u] += v * T(0);  // stays 0, or becomes NaN
            }
          }
          for (int64_t u = 0; u < width; ++u) tops[u] = top[u], sums[u] = sum[u], bads[u] = off[u];
        });
      });
    }
  });
  for (const T b : bad) out.finite = out.finite && b == 0;
  return out;
}

Tensor as_rows(const Tensor& t) { return t.rank() == 2 ? t.contiguous() : channels_last(t); }

// Where everything is finite. Gives whether it was.
template <class T>
bool scan_rows(UnitValues& values, const RectifierSite& site, const Tensor& z, int64_t first) {
  const Rows r(z.shape());
  const Tensor rows = as_rows(z);
  const T* p = rows.data<T>();
  const auto same = [](T v) { return v; };
  const auto size = [](T v) { return v < T(0) ? -v : v; };
  const auto positive = [](T v) { return v > T(0) ? v : T(0); };
  const Lanes<T> zs = lanes_of(r, p, same, positive);
  Lanes<T> activations, slopes;
  const bool plain = site.negative_side == NegativeSide::zero;
  if (!plain) {
    const Tensor y = as_rows(site.activations), slope = as_rows(site.slopes());
    activations = lanes_of(r, y.data<T>(), same, size);
    slopes = lanes_of(r, slope.data<T>(), size, same);
  }
  if (!zs.finite) return false;
  for (int64_t c = 0; c < r.channels; ++c) {
    const auto u = static_cast<std::size_t>(c);
    double best = values.max_z[u];
    T batch_top = -std::numeric_limits<T>::infinity();
    for (int64_t block = 0; block < r.blocks; ++block) {
      T top = -std::numeric_limits<T>::infinity();
      for (int64_t lane = c; lane < r.lanes; lane += r.channels) {
        const auto at = static_cast<std::size_t>(block * r.lanes + lane);
        top = std::max(top, zs.top[at]);
        values.sum_abs[u] += static_cast<double>(plain ? zs.sum[at] : activations.sum[at]);
        if (!plain) values.max_slope[u] = std::max(values.max_slope[u], static_cast<double>(slopes.top[at]));
      }
      batch_top = std::max(batch_top, top);
      if (r.blocks == r.samples && top > static_cast<T>(0)) values.last_fired[u] = first + block;
      if (static_cast<double>(top) <= best) continue;
      best = static_cast<double>(top);
      values.argmax_sample[u] = first + block;
    }
    if (r.blocks != r.samples) {  // features: one block holds all samples
      if (best > values.max_z[u]) {
        int64_t n = 0;
        while (p[n * r.channels + c] != batch_top) ++n;
        values.argmax_sample[u] = first + n;
      }
      if (batch_top > T(0)) {
        int64_t n = r.samples - 1;
        while (!(p[n * r.channels + c] > T(0))) --n;
        values.last_fired[u] = first + n;
      }
    }
    values.max_z[u] = best;
    if (plain && batch_top > T(0)) values.max_slope[u] = 1;
  }
  return true;
}

// The plain form, which leaves poisoned samples out.
template <class T>
void scan_each(UnitValues& values, const RectifierSite& site, const Tensor& z, int64_t first) {
  const bool plain = site.negative_side == NegativeSide::zero;
  const Tensor rows = z.contiguous();
  const Tensor activations = plain ? Tensor() : site.activations.contiguous(), slopes = plain ? Tensor() : site.slopes().contiguous();
  const int64_t samples = z.shape()[0], units = z.shape()[1], positions = z.numel() / std::max<int64_t>(1, samples * units);
  const T* p = rows.data<T>();
  for (int64_t at = 0, n = 0; n < samples; ++n) {
    for (int64_t c = 0; c < units; ++c, at += positions) {
      const auto u = static_cast<std::size_t>(c);
      T top = -std::numeric_limits<T>::infinity(), slope = 0;
      double sum = 0;
      bool finite = true;
      for (int64_t i = at; i < at + positions; ++i) {
        finite = finite && std::isfinite(p[i]);
        top = std::max(top, p[i]);
        sum += static_cast<double>(plain ? std::max(p[i], T(0)) : std::abs(activations.data<T>()[i]));
        slope = std::max(slope, plain ? static_cast<T>(p[i] > 0) : std::abs(slopes.data<T>()[i]));
      }
      if (!finite) continue;
      if (top > T(0)) values.last_fired[u] = first + n;
      if (static_cast<double>(top) > values.max_z[u]) {
        values.max_z[u] = static_cast<double>(top);
        values.argmax_sample[u] = first + n;
      }
      values.sum_abs[u] += sum;
      values.max_slope[u] = std::max(values.max_slope[u], static_cast<double>(slope));
    }
  }
}

}  // namespace

void detail::scan(UnitValues& values, const RectifierSite& site, const Tensor& z, int64_t first) {
  start(values, site.units);
  if (z.numel() == 0) return;
  visit_float("census", z.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!scan_rows<T>(values, site, z, first)) scan_each<T>(values, site, z, first);
  });
}

}  // namespace lively
