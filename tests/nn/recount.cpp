#include "tests/nn/recount.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/nn/keep_mode.h"
#include "lively/tensor/random.h"

namespace lively::testing {

Tensor points(const Shape& shape, uint64_t index) {
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{4}, "points", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

NextInputs in_batches(const Tensor& x, int64_t rows) {
  return [x, rows, at = int64_t{0}](Tensor& inputs) mutable {
    if (at >= x.size(0)) return false;
    const int64_t end = std::min(at + rows, x.size(0));
    inputs = x.slice(0, at, end);
    at = end;
    return true;
  };
}

namespace {

// Keeps what each rectifier call was given and gave.
struct Keeper final : RectifierListener {
  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& z) override {
    zs.push_back(z.tensor().to(Dtype::float64).contiguous());
    ys.push_back(site.negative_side == NegativeSide::zero
                     ? Tensor()
                     : site.activations.to(Dtype::float64).contiguous());
    slopes.push_back(site.negative_side == NegativeSide::zero
                         ? Tensor()
                         : site.slopes().to(Dtype::float64).contiguous());
  }
  std::vector<Tensor> zs, ys, slopes;
};

struct Unit {
  int64_t fired = 0, poisoned = 0, active = 0, argmax = -1, last = -1;
  double max_z = -INFINITY, sum_abs = 0, max_slope = 0;
};

Unit recount(const Keeper& kept, std::size_t layer, int64_t unit) {
  const Tensor& z = kept.zs[layer];
  const int64_t samples = z.shape()[0], units = z.shape()[1],
                positions = z.numel() / (samples * units);
  Unit u;
  for (int64_t n = 0; n < samples; ++n) {
    double top = -INFINITY, sum = 0, slope = 0;
    bool finite = true;
    int64_t active = 0;
    for (int64_t i = 0; i < positions; ++i) {
      const int64_t at = (n * units + unit) * positions + i;
      const double v = z.data<double>()[at];
      finite = finite && std::isfinite(v);
      active += v > 0;
      top = std::max(top, v);
      sum +=
          kept.ys[layer].defined() ? std::abs(kept.ys[layer].data<double>()[at]) : std::max(v, 0.0);
      slope = std::max(slope, kept.slopes[layer].defined()
                                  ? std::abs(kept.slopes[layer].data<double>()[at])
                                  : double(v > 0));
    }
    if (!finite) {
      ++u.poisoned;
      continue;
    }
    u.fired += active > 0;
    u.active += active;
    if (top > 0) u.last = n;
    if (top > u.max_z) u.max_z = top, u.argmax = n;
    u.sum_abs += sum;
    u.max_slope = std::max(u.max_slope, slope);
  }
  return u;
}

}  // namespace

void check_census(Module& model, const Tensor& x) {
  for (const int64_t rows : {x.size(0), int64_t{7}}) {
    CAPTURE(rows);
    // Batches as in the census: other shapes have other last bits.
    std::vector<Keeper> kept;
    {
      const NoGrad no_grad;
      const detail::KeepMode keep(model, false);
      const NextInputs next = in_batches(x, rows);
      for (Tensor inputs; next(inputs);) {
        const Observe scope(kept.emplace_back());
        (void)model(Variable(inputs));
      }
    }
    Keeper all = kept[0];
    const auto join = [&](std::vector<Tensor> Keeper::*what) {
      for (std::size_t i = 0; i < all.zs.size(); ++i) {
        if (!(kept[0].*what)[i].defined()) continue;
        std::vector<Tensor> parts;
        for (const Keeper& k : kept) parts.push_back((k.*what)[i]);
        Shape shape = parts[0].shape();
        shape[0] = x.size(0);
        Tensor whole = Tensor::empty(shape, Dtype::float64);
        double* to = whole.mutable_data<double>();
        for (const Tensor& p : parts) to = std::copy_n(p.data<double>(), p.numel(), to);
        (all.*what)[i] = whole;
      }
    };
    join(&Keeper::zs), join(&Keeper::ys), join(&Keeper::slopes);

    const Census census = take_census(model, in_batches(x, rows));
    REQUIRE(census.layers.size() == all.zs.size());
    for (std::size_t i = 0; i < census.layers.size(); ++i) {
      const LayerPulse& l = census.layers[i];
      for (int64_t u = 0; u < l.units(); ++u) {
        CAPTURE(l.name);
        CAPTURE(u);
        const auto at = static_cast<std::size_t>(u);
        const Unit want = recount(all, i, u);
        CHECK(l.counts.fired[at] == want.fired);
        CHECK(l.counts.poisoned[at] == want.poisoned);
        CHECK(l.counts.active[at] == want.active);
        CHECK(l.values.max_z[at] == want.max_z);
        CHECK(l.values.argmax_sample[at] == want.argmax);
        CHECK(l.values.last_fired[at] == want.last);
        CHECK(l.values.sum_abs[at] == doctest::Approx(want.sum_abs).epsilon(1e-5));
        CHECK(l.values.max_slope[at] == want.max_slope);
      }
    }
  }
}

}  // namespace lively::testing
