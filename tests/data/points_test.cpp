#include "lively/data/points.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

using namespace lively;

namespace {

// [class] -> its points.
struct Point {
  double x, y;
};
std::vector<std::vector<Point>> by_class(const TensorDataset& set) {
  std::vector<std::vector<Point>> points(static_cast<std::size_t>(set.classes()));
  const auto values = set.inputs().values<float>();
  const auto labels = set.labels().values<int64_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    points[static_cast<std::size_t>(labels[i])].push_back({values[2 * i], values[2 * i + 1]});
  return points;
}

bool same(const TensorDataset& a, const TensorDataset& b) {
  const auto x = a.inputs().values<float>(), y = b.inputs().values<float>();
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

// Is this point among them, to float32's accuracy?
bool has(const std::vector<Point>& points, double x, double y) {
  return std::any_of(points.begin(), points.end(),
      [&](const Point& p) { return std::abs(p.x - x) < 1e-6 && std::abs(p.y - y) < 1e-6; });
}

}  // namespace

TEST_CASE("points: value of circles without noise") {
  const TensorDataset set = circles(9, 0, 0.5);
  CHECK(set.sample_shape() == Shape{2});
  CHECK(set.classes() == 2);
  const auto points = by_class(set);
  REQUIRE(points[0].size() == 4);
  REQUIRE(points[1].size() == 5);
  for (int k = 0; k < 4; ++k)
    CHECK(has(points[0], std::cos(k * std::numbers::pi / 2), std::sin(k * std::numbers::pi / 2)));
  for (int k = 0; k < 5; ++k)
    CHECK(has(points[1], .5 * std::cos(k * std::numbers::pi * .4),
        .5 * std::sin(k * std::numbers::pi * .4)));
}

TEST_CASE("points: value of moons without noise") {
  // As scikit-learn's make_moons(7) lists them.
  const auto points = by_class(moons(7));
  REQUIRE(points[0].size() == 3);
  REQUIRE(points[1].size() == 4);
  for (const auto& p : {Point{1, 0}, Point{0, 1}, Point{-1, 0}}) CHECK(has(points[0], p.x, p.y));
  const double root = std::sqrt(.75);
  for (const auto& p : {Point{0, .5}, Point{.5, .5 - root}, Point{1.5, .5 - root}, Point{2, .5}})
    CHECK(has(points[1], p.x, p.y));
}

TEST_CASE("points: value of blobs is where their centers are") {
  const auto heaps = by_class(blobs(3001, 3, 0.5, Seed{4}));
  const auto centers = by_class(blobs(3, 3, 0, Seed{4}));
  CHECK(heaps[0].size() == 1001);
  for (std::size_t c = 0; c < 3; ++c) {
    const auto count = static_cast<double>(heaps[c].size());
    REQUIRE(count >= 1000);
    const Point middle = centers[c].at(0);
    CHECK(std::abs(middle.x) <= 10);
    double x = 0, xx = 0, y = 0, yy = 0;
    for (const Point& p : heaps[c]) {
      x += (p.x - middle.x) / count;
      xx += (p.x - middle.x) * (p.x - middle.x) / count;
      y += (p.y - middle.y) / count;
      yy += (p.y - middle.y) * (p.y - middle.y) / count;
    }
    // Five standard errors of a mean and of a deviation.
    CHECK(std::abs(x) < 5 * .5 / std::sqrt(count));
    CHECK(std::abs(y) < 5 * .5 / std::sqrt(count));
    CHECK(std::abs(std::sqrt(xx) - .5) < 5 * .5 / std::sqrt(2 * count));
    CHECK(std::abs(std::sqrt(yy) - .5) < 5 * .5 / std::sqrt(2 * count));
  }
}

TEST_CASE("points: value depends on the seed, and noise does not change the order") {
  CHECK(same(moons(50, .1, Seed{2}), moons(50, .1, Seed{2})));
  CHECK(!same(moons(50, .1, Seed{2}), moons(50, .1, Seed{3})));
  const TensorDataset still = circles(50, 0, .5, Seed{2}), moved = circles(50, .01, .5, Seed{2});
  CHECK(!same(still, moved));
  const auto a = still.inputs().values<float>(), b = moved.inputs().values<float>();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < .06f);
  const auto labels = still.labels().values<int64_t>();
  CHECK(!std::is_sorted(labels.begin(), labels.end()));
}

TEST_CASE("points: shape of very small sets") {
  for (const int64_t n : {0, 1, 2, 3}) {
    CHECK(circles(n).inputs().shape() == Shape{n, 2});
    CHECK(moons(n).size() == n);
    CHECK(blobs(n).size() == n);
  }
}

TEST_CASE("points: error texts") {
  CHECK_THROWS_WITH_AS((void)circles(-1), "circles: -1 points: needs 0 or more", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)moons(4, -0.5), "moons: noise -0.5: needs a finite number from 0 on", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)blobs(4, 2, NAN), "blobs: deviation nan: needs a finite number from 0 on", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)circles(4, 0, 1), "circles: factor 1: needs 0 <= factor < 1", ValueError);
  CHECK_THROWS_WITH_AS((void)blobs(4, 0), "blobs: 0 centers: needs 1 or more", ValueError);
}
