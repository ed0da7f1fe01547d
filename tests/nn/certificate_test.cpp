#include "lively/nn/liveness/certificate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/tensor/error.h"
#include "lively/tensor/random.h"

using namespace lively;

namespace {

constexpr int64_t kIn = 6, kWidth = 16;

std::vector<ReluLayer> layers(int depth, double bias, uint64_t seed) {
  std::vector<ReluLayer> all;
  for (int l = 0; l < depth; ++l) {
    Stream s(Seed{seed}, "layer", static_cast<uint64_t>(l));
    const int64_t in = l ? kWidth : kIn;
    ReluLayer layer{Tensor::empty({kWidth, in}), Tensor::empty({kWidth})};
    fill_normal(layer.weight, s, 0, std::sqrt(2.0 / static_cast<double>(in)));
    fill_normal(layer.bias, s, bias, 0.5);
    all.push_back(std::move(layer));
  }
  return all;
}

using Point = std::vector<double>;

// Pre-activations of all layers, in plain loops.
std::vector<Point> forward(const std::vector<ReluLayer>& net, Point h) {
  std::vector<Point> all;
  for (const ReluLayer& l : net) {
    Point z(static_cast<std::size_t>(l.weight.size(0)));
    const float *w = l.weight.data<float>(), *b = l.bias.data<float>();
    for (std::size_t u = 0; u < z.size(); ++u) {
      z[u] = b[u];
      for (const double v : h) z[u] += *w++ * v;
    }
    all.push_back(z);
    for (double& v : z) v = std::max(v, 0.0);
    h = std::move(z);
  }
  return all;
}

// d z[layer][unit] / d x at x.
Point slope(
    const std::vector<ReluLayer>& net, const Point& x, std::size_t layer, std::size_t unit) {
  const auto z = forward(net, x);
  const float* row =
      net[layer].weight.data<float>() + static_cast<int64_t>(unit) * net[layer].weight.size(1);
  Point g(row, row + net[layer].weight.size(1));
  for (std::size_t l = layer; l-- > 0;) {
    const std::size_t in = static_cast<std::size_t>(net[l].weight.size(1));
    Point below(in, 0);
    for (std::size_t u = 0; u < g.size(); ++u)
      for (std::size_t j = 0; z[l][u] > 0 && j < in; ++j)
        below[j] += g[u] * net[l].weight.data<float>()[u * in + j];
    g = std::move(below);
  }
  return g;
}

Tensor vector_of(double v) { return Tensor::full({kIn}, v); }

int64_t certified(const std::vector<Bounds>& bounds) {
  int64_t n = 0;
  for (const Bounds& b : bounds)
    for (std::size_t u = 0; u < b.high.size(); ++u) n += b.high[u] <= 0;
  return n;
}

}  // namespace

TEST_CASE(
    "certificate: bounds hold at 10^5 random points of the box, and linear ones are not looser") {
  for (const uint64_t seed : {1u, 2u}) {
    const auto net = layers(3, -0.8, seed);
    const auto interval = interval_bounds(net, vector_of(0), vector_of(1)),
               linear = linear_bounds(net, vector_of(0), vector_of(1));
    for (std::size_t l = 0; l < 3; ++l)
      for (std::size_t u = 0; u < kWidth; ++u) {
        CHECK(linear[l].high[u] <= interval[l].high[u]);
        CHECK(linear[l].low[u] >= interval[l].low[u]);
      }
    Stream s(Seed{seed}, "points");
    Point x(kIn);
    int64_t broken = 0;
    for (int k = 0; k < 100000; ++k) {
      for (double& v : x)
        v = k % 2 ? s.uniform() : static_cast<double>(s.below(2));  // inside, and corners
      const auto z = forward(net, x);
      for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t u = 0; u < kWidth; ++u)
          broken += z[l][u] > linear[l].high[u] || z[l][u] < linear[l].low[u] ||
                    (z[l][u] > 0 && (linear[l].high[u] <= 0));
    }
    CHECK(broken == 0);
    CHECK(certified(linear) > certified(interval));
    MESSAGE("of 48 units, certified by intervals ", certified(interval), ", by linear bounds ",
        certified(linear));
  }
}

TEST_CASE("certificate: no certified unit yields to gradient ascent inside the box") {
  const auto net = layers(3, -0.8, 1);
  const auto linear = linear_bounds(net, vector_of(0), vector_of(1));
  Stream s(Seed{3}, "starts");
  int64_t climbed = 0, uncertified_fired = 0;
  for (std::size_t l = 0; l < 3; ++l) {
    for (std::size_t u = 0; u < kWidth; ++u) {
      double top = -HUGE_VAL;
      for (int start = 0; start < 20; ++start) {
        Point x(kIn);
        for (double& v : x) v = s.uniform();
        for (int k = 0; k < 100; ++k) {
          const Point g = slope(net, x, l, u);
          double norm = 0;
          for (const double v : g) norm += v * v;
          if (norm == 0) break;
          for (std::size_t j = 0; j < x.size(); ++j)
            x[j] = std::clamp(x[j] + 0.1 * g[j] / std::sqrt(norm), 0.0, 1.0);
          top = std::max(top, forward(net, x)[l][u]);
        }
      }
      if (linear[l].high[u] <= 0) CHECK(top <= 0);
      CHECK(top <= linear[l].high[u]);
      climbed += linear[l].high[u] <= 0;
      uncertified_fired += linear[l].high[u] > 0 && top > 0;
    }
  }
  CHECK(climbed >= 5);
  CHECK(uncertified_fired >= 20);  // the ascent does find what there is to find
}

TEST_CASE("certificate: dead on all points of the first layer is dead on 10^5 of their mixtures") {
  const auto net = layers(1, -2.5, 4);
  Stream s(Seed{5}, "data");
  std::vector<Point> data(200, Point(kIn));
  for (Point& x : data)
    for (double& v : x) v = static_cast<float>(s.normal());
  const std::vector<double> bounds = hull_bounds(net[0], [&](const auto& see) {
    for (const Point& x : data) see(Tensor::of(std::vector<float>(x.begin(), x.end()), {1, kIn}));
  });
  std::vector<bool> dead(kWidth, true);
  for (const Point& x : data)
    for (std::size_t u = 0; u < kWidth; ++u) {
      const double z = forward(net, x)[0][u];
      if (z > 0) dead[u] = false;
      CHECK(z <= bounds[u]);
    }
  for (std::size_t u = 0; u < kWidth; ++u) CHECK(dead[u] == (bounds[u] <= 0));
  REQUIRE(std::ranges::count(dead, true) >= 3);
  int64_t woke = 0;
  for (int k = 0; k < 100000; ++k) {
    Point x(kIn, 0.0);
    double total = 0;
    double share[8];
    for (double& v : share) total += v = -std::log(1 - s.uniform());
    for (const double v : share) {
      const Point& of = data[s.below(data.size())];
      for (std::size_t j = 0; j < x.size(); ++j) x[j] += v / total * of[j];
    }
    const auto z = forward(net, x)[0];
    for (std::size_t u = 0; u < kWidth; ++u) woke += dead[u] && z[u] > 0;
  }
  CHECK(woke == 0);
}

TEST_CASE(
    "certificate: bounds are exact where they can be, and shapes that do not fit are refused") {
  // One layer: the corner that serves each weight. Two: relu(x) - relu(x) is 0, which only linear
  // bounds see.
  const std::vector<ReluLayer> two{{Tensor::of<float>({1, 1}, {2, 1}), {}},
      {Tensor::of<float>({1, -1}, {1, 2}), Tensor::of<float>({-0.25f})}};
  const Tensor low = Tensor::of<float>({0.5f}), high = Tensor::of<float>({2});
  const auto interval = interval_bounds(two, low, high), linear = linear_bounds(two, low, high);
  CHECK(interval[0].low[0] == doctest::Approx(0.5));
  CHECK(interval[0].high[0] == doctest::Approx(2));
  CHECK(interval[1].high[0] == doctest::Approx(1.25));
  CHECK(linear[1].high[0] == doctest::Approx(-0.25));
  CHECK(interval[1].high[0] > 0);
  CHECK(linear[1].high[0] <= 0);
  CHECK_THROWS_WITH_AS(interval_bounds(two, vector_of(0), vector_of(1)),
      "certificate: layer 0 with weight [2,1]: needs [out,6]", ShapeError);
  CHECK_THROWS_WITH_AS(linear_bounds({two[0], two[0]}, low, high),
      "certificate: layer 1 with weight [2,1]: needs [out,2]", ShapeError);
  CHECK_THROWS_WITH_AS(linear_bounds({{two[0].weight, low}}, low, high),
      "certificate: layer 0 with weight [2,1] and bias [1]", ShapeError);
  CHECK_THROWS_WITH_AS(
      linear_bounds(two, low, vector_of(1)), "certificate: box from [1] to [6]", ShapeError);
}
