#include "apps/lab/study/moment_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "apps/lab/study/normal_law.h"

namespace lively::lab {
namespace {

// E[e^(k z); z < 0] for z ~ N(mean, variance): e^(k mean + k² variance / 2) Φ(-(mean + k variance)
// / deviation), without the overflow of its first factor.
double tilted_share(double k, const MeanVariance& z) {
  const double deviation = std::sqrt(z.variance);
  const double a = (z.mean + k * z.variance) / (deviation * std::numbers::sqrt2);
  constexpr double kFar = 20;
  if (a < kFar)
    return std::exp(k * z.mean + k * k * z.variance / 2) * normal_share(-a * std::numbers::sqrt2);
  const double t = 1 / (2 * a * a);  // erfc's asymptotic series; t⁴ is below 1e-11 there
  return std::exp(-z.mean * z.mean / (2 * z.variance)) * std::numbers::inv_sqrtpi / (2 * a) *
         (1 - t * (1 - 3 * t * (1 - 5 * t)));
}

struct TwoMoments {
  double first, second;
};

// Of e^z - 1 where z < 0, else 0.
TwoMoments below_zero(const MeanVariance& z) {
  constexpr double kSmall = 1e-5;  // below it the closed form loses more digits than the series
  const double deviation = std::sqrt(z.variance), share = normal_share(-z.mean / deviation);
  if (z.mean * z.mean + z.variance >= kSmall) {
    const double once = tilted_share(1, z), twice = tilted_share(2, z);
    return {once - share, twice - 2 * once + share};
  }
  std::array<double, 5> t{};  // E[z^k; z < 0]
  t[0] = share;
  t[1] = z.mean * share - deviation * normal_density(z.mean / deviation);
  for (std::size_t k = 2; k < t.size(); ++k)
    t[k] = z.mean * t[k - 1] + static_cast<double>(k - 1) * z.variance * t[k - 2];
  return {t[1] + t[2] / 2 + t[3] / 6, t[2] + t[3] + t[4] * 7 / 12};
}

}  // namespace

ScaledElu selu_constants() {
  // scale follows from the second moment of a standard normal z.
  const double alpha =
      -std::sqrt(2 / std::numbers::pi) / (std::erfc(1 / std::numbers::sqrt2) * std::exp(0.5) - 1);
  const ScaledElu bare{1, alpha};
  return {1 / std::sqrt(moments_of(bare, {0, 1}).variance), alpha};
}

MeanVariance moments_of(const ScaledElu& f, const MeanVariance& z) {
  if (!(z.variance > 0)) {
    const double y = z.mean > 0 ? z.mean : f.alpha * std::expm1(z.mean);
    return {f.scale * y, 0};
  }
  const double deviation = std::sqrt(z.variance), t = z.mean / deviation;
  const double positive = normal_share(t), edge = deviation * normal_density(t);
  const TwoMoments below = below_zero(z);
  const double first = z.mean * positive + edge + f.alpha * below.first;
  const double second =
      (z.mean * z.mean + z.variance) * positive + z.mean * edge + f.alpha * f.alpha * below.second;
  return {f.scale * first, f.scale * f.scale * std::max(0.0, second - first * first)};
}

double MapSlope::spectral_norm() const {
  const double a = mean_by_mean, b = mean_by_variance, c = variance_by_mean,
               d = variance_by_variance;
  const double squares = a * a + b * b + c * c + d * d, det = a * d - b * c;
  return std::sqrt((squares + std::sqrt(std::max(0.0, squares * squares - 4 * det * det))) / 2);
}

MapSlope slope_of(const ScaledElu& f, const MeanVariance& at, double omega, double tau) {
  constexpr double kStep = 1e-5;
  const auto map = [&](double mean, double variance) {
    return moments_of(f, {omega * mean, tau * variance});
  };
  const MeanVariance right = map(at.mean + kStep, at.variance),
                     left = map(at.mean - kStep, at.variance),
                     up = map(at.mean, at.variance + kStep),
                     down = map(at.mean, at.variance - kStep);
  return {(right.mean - left.mean) / (2 * kStep), (up.mean - down.mean) / (2 * kStep),
      (right.variance - left.variance) / (2 * kStep), (up.variance - down.variance) / (2 * kStep)};
}

MapImage image_of(const ScaledElu& f, const MapRanges& ranges, int steps) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  MapImage image{{kNone, -kNone}, {kNone, -kNone}, {kNone, -kNone}};
  const auto at = [steps](const Range& r, int i) {
    return r.low + (r.high - r.low) * i / std::max(1, steps - 1);
  };
  const auto widen = [](Range& r, double v) {
    r.low = std::min(r.low, v), r.high = std::max(r.high, v);
  };
  image.points = steps * steps * steps * steps;
  for (int i = 0; i < image.points; ++i) {
    const MeanVariance in{at(ranges.mean, i % steps), at(ranges.variance, i / steps % steps)};
    const double omega = at(ranges.omega, i / (steps * steps) % steps),
                 tau = at(ranges.tau, i / (steps * steps * steps));
    const MeanVariance out = moments_of(f, {omega * in.mean, tau * in.variance});
    widen(image.mean, out.mean), widen(image.variance, out.variance);
    widen(image.growth, out.variance / in.variance);
    image.stretch = std::max(image.stretch, slope_of(f, in, omega, tau).spectral_norm());
  }
  return image;
}

Signal next_signal(const LayerLaw& law, const Signal& before) {
  const double common = law.centred ? 0 : before.mean * before.mean;
  const double over_units = law.tau * (common + before.shared) + law.bias_variance;
  const double over_inputs = law.tau * before.own;
  // The trapezoid rule, which under a normal density errs by less than a smooth integrand can show.
  constexpr int kPoints = 161;
  constexpr double kReach = 8, kStep = 2 * kReach / (kPoints - 1);
  double weight = 0, mean = 0, square = 0;
  Signal after{0, 0, 0};
  for (int i = 0; i < kPoints; ++i) {
    const double s = -kReach + kStep * i, w = normal_density(s);
    const MeanVariance unit = moments_of(law.f, {std::sqrt(over_units) * s, over_inputs});
    weight += w;
    mean += w * unit.mean;
    square += w * unit.mean * unit.mean;
    after.own += w * unit.variance;
  }
  after.mean = mean / weight;
  after.own /= weight;
  after.shared = std::max(0.0, square / weight - after.mean * after.mean);
  const double keep = 1 - law.rate;
  if (law.drop == Drop::zero)  // x / keep, or 0
    after.own = after.square() / keep - after.mean * after.mean - after.shared;
  if (law.drop == Drop::alpha) {  // a x + b, or a low + b
    const ScaledElu selu = selu_constants();
    const double low = -selu.scale * selu.alpha;
    const double a = 1 / std::sqrt(keep + low * low * keep * law.rate), b = -a * law.rate * low;
    const double gap = after.mean - low;
    after = {a * (keep * after.mean + law.rate * low) + b, a * a * keep * keep * after.shared,
        a * a * keep * (after.own + law.rate * (after.shared + gap * gap))};
  }
  return after;
}

}  // namespace lively::lab
