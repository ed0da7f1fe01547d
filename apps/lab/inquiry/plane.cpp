#include "apps/lab/inquiry/plane.h"

#include <algorithm>

#include "lively/nn/keep_mode.h"
#include "lively/nn/liveness/pulse.h"
#include "lively/tensor/reduce.h"

namespace lively::lab {
namespace {

constexpr int64_t kSide = 60;     // of the grid
constexpr double kMargin = 0.15;  // around the data, of their extent

// Keeps the pre-activations of the first rectifier call.
class FirstCall final : public RectifierListener {
 public:
  UnitCounts* counts(const RectifierSite& site) override { return pulse_.counts(site); }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations& z) override {
    if (site.call == 0) z_ = z.tensor().contiguous();
  }
  const Tensor& z() const { return z_; }

 private:
  Pulse pulse_;  // every listener counts
  Tensor z_;
};

}  // namespace

PlaneFrame plane_frame(
    Module& model, const DataBox& box, const std::vector<bool>& dead, int64_t step) {
  const NoGrad no_grad;
  const detail::KeepMode keep(model, false);
  const auto lows = box.low.values<float>(), highs = box.high.values<float>();
  const double low = std::min(lows[0], lows[1]), high = std::max(highs[0], highs[1]),
               margin = kMargin * (high - low);
  PlaneFrame frame{.step = step,
      .low = low - margin,
      .high = high + margin,
      .lines = {},
      .side = kSide,
      .field = {}};

  FirstCall first;
  {
    const Observe scope(first);
    (void)model(Variable(Tensor::of<float>({0, 0, 1, 0, 0, 1}, {3, 1, 1, 2})));
  }
  if (first.z().defined() && first.z().rank() == 2) {
    const auto z = first.z().values<float>();
    const std::size_t units = z.size() / 3;
    for (std::size_t u = 0; u < units; ++u) {
      const double b = z[u];
      frame.lines.push_back(
          {z[units + u] - b, z[2 * units + u] - b, b, u < dead.size() && dead[u] ? 1.0 : 0.0});
    }
  }

  Tensor places = Tensor::empty({kSide * kSide, 1, 1, 2});
  float* to = places.mutable_data<float>();
  const auto at = [&](int64_t i) {
    return static_cast<float>(frame.low + (frame.high - frame.low) *
                                              (static_cast<double>(i) + 0.5) /
                                              static_cast<double>(kSide));
  };
  for (int64_t row = 0; row < kSide; ++row)
    for (int64_t column = 0; column < kSide; ++column) {
      *to++ = at(column);
      *to++ = at(kSide - 1 - row);
    }
  const Tensor classes = argmax(model(Variable(places)).data(), 1);
  for (const int64_t best : classes.values<int64_t>()) frame.field += static_cast<char>(best);
  return frame;
}

}  // namespace lively::lab
