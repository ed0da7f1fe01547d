#include <doctest/doctest.h>

#include <cmath>

#include "apps/lab/study/fixed_point_report.h"
#include "lively/autograd/ops.h"
#include "lively/tensor/moments.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;

namespace {

const std::atomic<bool> g_never{false};

MeanVariance sampled(const std::string& activation, const MeanVariance& z, int64_t n) {
  Stream stream(Seed{5}, "moments");
  Tensor x = Tensor::empty({n, 1}, Dtype::float64);
  fill_normal(x, stream, z.mean, std::sqrt(z.variance));
  const Variable v(x);
  const Moments m = channel_moments((activation == "selu"  ? selu(v)
                                     : activation == "elu" ? elu(v)
                                                           : relu(v))
                                        .data());
  return {m.mean.item(), m.variance.item()};
}

}  // namespace

TEST_CASE("selu_fixed_point: the closed form is what samples have") {
  constexpr int64_t kSamples = 400'000;
  for (const char* name : {"selu", "elu", "relu"})
    for (const MeanVariance& z : {MeanVariance{0, 1}, {0.3, 2}, {-1.5, 0.7}, {2, 30}, {-3, 900},
             {0, 1e-3}, {1e-4, 1e-7}, {-2e-4, 4e-8}}) {
      CAPTURE(name);
      CAPTURE(z.mean);
      CAPTURE(z.variance);
      const MeanVariance form = moments_of(activation_of(name), z),
                         counted = sampled(name, z, kSamples);
      // Five standard errors; none of these laws has a kurtosis above 12.
      const double error = std::sqrt(form.variance / static_cast<double>(kSamples));
      CHECK(std::abs(counted.mean - form.mean) <= 5 * error);
      CHECK(std::abs(counted.variance / form.variance - 1) <= 5 * std::sqrt(11. / kSamples));
    }
}

TEST_CASE("selu_fixed_point: the closed form is one line on both sides of its seams") {
  // Where the series takes over from it, and where e^x is replaced by its asymptotic form.
  const ScaledElu selu = selu_constants();
  for (const double at : {1e-5, 800.0}) {
    const MeanVariance below = moments_of(selu, {0, at * (1 - 1e-9)}),
                       above = moments_of(selu, {0, at * (1 + 1e-9)});
    CHECK(above.mean / below.mean == doctest::Approx(1).epsilon(1e-7));
    CHECK(above.variance / below.variance == doctest::Approx(1).epsilon(1e-7));
  }
  CHECK(moments_of(selu, {0, 1e160}).variance == doctest::Approx(1e160 * 1.1039725 * 0.3408450569));
  CHECK(moments_of(selu, {-0.5, 0}).mean ==
        doctest::Approx(selu.scale * selu.alpha * std::expm1(-0.5)));
}

TEST_CASE("selu_fixed_point: Klambauer et al.'s constants, fixed point and theorems") {
  const ScaledElu selu = selu_constants();
  CHECK(selu.alpha == doctest::Approx(1.6732632423543772848).epsilon(1e-14));
  CHECK(selu.scale == doctest::Approx(1.0507009873554804934).epsilon(1e-14));
  const MeanVariance fixed = moments_of(selu, {0, 1});
  CHECK(std::abs(fixed.mean) < 1e-15);
  CHECK(fixed.variance == doctest::Approx(1).epsilon(1e-14));
  const MapSlope slope = slope_of(selu, {0, 1});
  CHECK(slope.mean_by_variance == doctest::Approx(0.088834).epsilon(1e-5));
  CHECK(slope.variance_by_variance == doctest::Approx(0.782648).epsilon(1e-5));
  CHECK(std::abs(slope.mean_by_mean) + std::abs(slope.variance_by_mean) < 1e-9);
  CHECK(slope.spectral_norm() == doctest::Approx(0.7877).epsilon(1e-4));

  const Range tenth{-0.1, 0.1};
  const MapImage first = image_of(selu, {tenth, {0.8, 1.5}, tenth, {0.95, 1.1}}, 5);
  CHECK(first.mean.low == doctest::Approx(-0.03106).epsilon(1e-3));
  CHECK(first.mean.high == doctest::Approx(0.06773).epsilon(1e-3));
  CHECK(first.variance.low > 0.80009);
  CHECK(first.variance.high < 1.48617);
  CHECK(first.stretch < 1);
  CHECK(image_of(selu, {tenth, {3, 16}, tenth, {0.8, 1.25}}, 5).growth.high < 1);
  CHECK(image_of(selu, {tenth, {0.02, 0.16}, tenth, {0.8, 1.25}}, 5).growth.low > 1);
  CHECK(image_of(selu, {tenth, {0.02, 0.24}, tenth, {0.9, 1.25}}, 5).growth.low > 1);
}

TEST_CASE("selu_fixed_point: measured layers follow the map of infinitely many units") {
  // Every law and every addition: at 512 units, over 5 layers, whose variances add up in the error.
  for (FixedPointRow row : fixed_point_rows(512)) {
    if (row.wide) continue;
    CAPTURE(row.name);
    const auto measured = measured_signal(row.net, 5, 300, Seed{2}, g_never);
    REQUIRE(measured.has_value());
    const std::vector<Signal> theory = predicted_signal(row.net, 5);
    for (std::size_t layer = 1; layer <= 5; ++layer) {
      CAPTURE(layer);
      const Signal &m = measured->layers[layer], &t = theory[layer];
      CHECK(m.own / t.own == doctest::Approx(1).epsilon(row.net.narrow ? 0.4 : 0.25));
      CHECK(std::abs(m.alike() - t.alike()) < 0.12);
    }
  }
}

TEST_CASE("selu_fixed_point: standardised weights lie in Theorem 1's ranges, drawn ones seldom") {
  DeepNet net{.width = 64};
  const auto drawn = measured_signal(net, 20, 10, Seed{1}, g_never);
  // P(|N(0, 1)| < 0.1) is 0.08, and about half of those have a sum of squares in the range.
  CHECK(drawn->in_range > 0.005);
  CHECK(drawn->in_range < 0.08);
  net.standardised = true;
  CHECK(measured_signal(net, 20, 10, Seed{1}, g_never)->in_range == 1);
  const std::atomic<bool> stop{true};
  CHECK_FALSE(measured_signal(net, 20, 10, Seed{1}, stop).has_value());
}

TEST_CASE("selu_fixed_point: verdicts and returns, by their rules") {
  const auto result = [](double own, double shared) {
    FixedPointResult r;
    r.predicted = {{0, 0, 1}, {0, 0, 1}, {0, shared, own}};
    r.seeds = {{r.predicted, 0}, {r.predicted, 0}};
    return r;
  };
  CHECK(result(0.6, 0).verdict() == "holds");
  CHECK(result(0.4, 0.1).verdict() == "fades");
  CHECK(result(2.1, 0.1).verdict() == "grows");
  CHECK(result(0.1, 0.9).verdict() == "alike");
  CHECK(result(0.1, 0.15).verdict() == "fades, alike");
  CHECK(result(3, 4).verdict() == "grows, alike");
  const FixedPointResult calm = result(1, 0);
  CHECK(result(1.05, 0).back(calm).value() == 0);
  CHECK_FALSE(result(1.2, 0).back(calm).has_value());
  FixedPointResult late = result(1, 0);
  for (MeasuredSignal& m : late.seeds) m.layers[0].own = 16, m.layers[1].own = 1.08;
  CHECK(late.back(calm).value() == 1);
  const Json line = line_of(late.seeds[0]);
  CHECK(line_of(signal_of_line(line)) == line);
}
