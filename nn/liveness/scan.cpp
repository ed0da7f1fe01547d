// The kernel that rectifies has as a rule read the largest pre-activation and the sum of the
// activations of every unit on its way; else one pass takes them here. Where in the set a unit had
// its largest is looked up afterwards, and only for units that beat their best so far: the longer
// the set, the rarer that is.
#include "lively/nn/liveness/scan.h"

#include <cmath>
#include <limits>

#include "lively/autograd/ops/rectify.h"

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
  v.flat.assign(n, 0);
  v.rounding.assign(n, 0);
}

// The top and the sum of each lane of each block of rows; not finite where a value or a sum is not.
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
  parallel_for(
      r.blocks, 1 + 32768 / std::max<int64_t>(1, rows * lanes), [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
          detail::for_lane_tiles<T>(lanes, [&](int64_t first, auto width) {
            const T* from = p + block * rows * lanes + first;
            const int64_t to = block * lanes + first;
            T *tops = out.top.data() + to, *sums = out.sum.data() + to, *bads = bad.data() + to;
            detail::vectorised<T>([=] {
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
              for (int64_t u = 0; u < width; ++u)
                tops[u] = top[u], sums[u] = sum[u], bads[u] = off[u];
            });
          });
        }
      });
  for (const T b : bad) out.finite = out.finite && b == 0;
  for (const T s : out.sum) out.finite = out.finite && std::isfinite(s);  // else too large for T
  return out;
}

Tensor as_rows(const Tensor& t) { return t.rank() == 2 ? t.contiguous() : channels_last(t); }

// What the kernel would have told, and whether everything was finite.
template <class T>
bool measure(UnitPeaks& peaks, const Rows& r, const Tensor& z) {
  const Tensor rows = as_rows(z);
  const Lanes<T> lanes = lanes_of(
      r, rows.data<T>(), [](T v) { return v; }, [](T v) { return v > T(0) ? v : T(0); });
  peaks = detail::peaks_of(r, r.blocks, r.features ? r.samples : 1, lanes.top, lanes.sum);
  return lanes.finite;
}

// Of a rectifier whose negative side is not zero: Σ |y|, the largest slope, and how many are flat.
template <class T>
void add_slopes(UnitValues& values, const RectifierSite& site, const Rows& r) {
  const auto same = [](T v) { return v; };
  const auto size = [](T v) { return v < T(0) ? -v : v; };
  const auto flat = [least = static_cast<T>(detail::flat_slope(site.op))](
                        T v) { return T(v < least && v > -least); };
  const Tensor y = as_rows(site.activations), slope = as_rows(site.slopes());
  const Lanes<T> activations = lanes_of(r, y.data<T>(), same, size),
                 slopes = lanes_of(r, slope.data<T>(), size, flat);
  for (int64_t at = 0; at < r.blocks * r.lanes; ++at) {
    const auto u = static_cast<std::size_t>(at % r.lanes % r.channels),
               lane = static_cast<std::size_t>(at);
    values.sum_abs[u] += static_cast<double>(activations.sum[lane]);
    values.flat[u] += static_cast<double>(slopes.sum[lane]);
    values.max_slope[u] = std::max(values.max_slope[u], static_cast<double>(slopes.top[lane]));
  }
}

// The place, counted from the start or the end of a run of samples, of the one that is wanted; it
// is there.
template <class T, class Wanted>
int64_t find(const T* p, int64_t step, const Wanted& wanted) {
  int64_t n = 0;
  while (!wanted(p[n * step])) ++n;
  return n;
}

// Where everything is finite.
template <class T>
void scan_peaks(UnitValues& values, const RectifierSite& site, const Rows& r,
    const UnitPeaks& peaks, const PreActivations& z, int64_t first) {
  const bool plain = site.negative_side == NegativeSide::zero;
  Tensor rows[2];
  if (!plain) add_slopes<T>(values, site, r);
  for (int64_t c = 0; c < r.channels; ++c) {
    const auto u = static_cast<std::size_t>(c);
    double top = values.max_z[u];
    int64_t highest = -1, last = -1;  // parts
    for (int64_t part = 0; part < peaks.parts; ++part) {
      const auto at = static_cast<std::size_t>(part * r.channels + c);
      if (plain) values.sum_abs[u] += peaks.sum[at];
      if (peaks.top[at] > 0) last = part;
      if (peaks.top[at] > top) top = peaks.top[at], highest = part;
    }
    if (plain && last >= 0) values.max_slope[u] = 1;
    // Where it is above 0, a relu's y is z, which need not be made then.
    const auto in_part = [&](int64_t part, bool positive) {
      const bool from_y = plain && positive;
      if (!rows[from_y].defined())
        rows[from_y] = (from_y ? site.activations : z.tensor()).contiguous();
      return rows[from_y].template data<T>() + part * peaks.samples * r.channels + c;
    };
    if (highest >= 0) {
      values.max_z[u] = top;
      values.argmax_sample[u] = first + highest * peaks.samples;
      if (peaks.samples > 1)
        values.argmax_sample[u] += find(in_part(highest, top > 0), r.channels,
            [&](T v) { return static_cast<double>(v) == top; });
    }
    if (last >= 0) {
      const int64_t end = std::min((last + 1) * peaks.samples, r.samples) - 1;
      values.last_fired[u] = first + end;
      if (peaks.samples > 1)
        values.last_fired[u] -=
            find(in_part(last, true) + (end - last * peaks.samples) * r.channels, -r.channels,
                [](T v) { return v > T(0); });
    }
  }
}

// The plain form, which leaves poisoned samples out.
template <class T>
void scan_each(UnitValues& values, const RectifierSite& site, const Tensor& z, int64_t first) {
  const bool plain = site.negative_side == NegativeSide::zero;
  const Tensor rows = z.contiguous();
  const Tensor activations = plain ? Tensor() : site.activations.contiguous(),
               slopes = plain ? Tensor() : site.slopes().contiguous();
  const int64_t samples = z.shape()[0], units = z.shape()[1],
                positions = z.numel() / std::max<int64_t>(1, samples * units);
  const T* p = rows.data<T>();
  const double least = detail::flat_slope(site.op);
  for (int64_t at = 0, n = 0; n < samples; ++n) {
    for (int64_t c = 0; c < units; ++c, at += positions) {
      const auto u = static_cast<std::size_t>(c);
      T top = -std::numeric_limits<T>::infinity(), slope = 0;
      double sum = 0;
      int64_t flat = 0;
      bool finite = true;
      for (int64_t i = at; i < at + positions; ++i) {
        finite = finite && std::isfinite(p[i]);
        top = std::max(top, p[i]);
        sum +=
            static_cast<double>(plain ? std::max(p[i], T(0)) : std::abs(activations.data<T>()[i]));
        const T steep = plain ? static_cast<T>(p[i] > 0) : std::abs(slopes.data<T>()[i]);
        slope = std::max(slope, steep);
        flat += !plain && static_cast<double>(steep) < least;
      }
      if (!finite) continue;
      if (top > T(0)) values.last_fired[u] = first + n;
      if (static_cast<double>(top) > values.max_z[u]) {
        values.max_z[u] = static_cast<double>(top);
        values.argmax_sample[u] = first + n;
      }
      values.sum_abs[u] += sum;
      values.flat[u] += static_cast<double>(flat);
      values.max_slope[u] = std::max(values.max_slope[u], static_cast<double>(slope));
    }
  }
}

}  // namespace

double detail::flat_slope(std::string_view op) { return op == "sigmoid" ? 0.25e-4 : 1e-4; }

void detail::scan(
    UnitValues& values, const RectifierSite& site, const PreActivations& z, int64_t first) {
  start(values, site.units);
  const Tensor& y = site.activations;
  if (y.numel() == 0) return;
  visit_float("census", y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Rows r(y.shape());
    if (z.peaks()) return scan_peaks<T>(values, site, r, *z.peaks(), z, first);
    UnitPeaks measured;
    if (!measure<T>(measured, r, z.tensor())) return scan_each<T>(values, site, z.tensor(), first);
    scan_peaks<T>(values, site, r, measured, z, first);
  });
}

}  // namespace lively
