#include "lively/data/points.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

namespace lively {
namespace {

constexpr double kPi = std::numbers::pi;

struct Point {
  double x, y;
};

void check(const char* op, int64_t n, std::string_view what, double deviation) {
  if (n < 0) fail<ValueError>(op, ": ", n, " points: needs 0 or more");
  if (!(deviation >= 0) || std::isinf(deviation))
    fail<ValueError>(op, ": ", what, " ", deviation, ": needs a finite number from 0 on");
}

// Point k of those before the shuffling, and its class.
struct Sample {
  Point point;
  int64_t label;
};

template <class At>
TensorDataset shuffled(int64_t n, int64_t classes, double deviation, Seed seed, At at) {
  Stream order_stream(seed, "points order"), noise(seed, "points noise");
  const Tensor order = permutation(n, order_stream);
  Tensor inputs = Tensor::empty({n, 2}), labels = Tensor::empty({n}, Dtype::int64);
  float* to = inputs.mutable_data<float>();
  int64_t* label = labels.mutable_data<int64_t>();
  for (const int64_t k : order.values<int64_t>()) {
    const Sample sample = at(k);
    *to++ = static_cast<float>(sample.point.x + deviation * noise.normal());
    *to++ = static_cast<float>(sample.point.y + deviation * noise.normal());
    *label++ = sample.label;
  }
  return TensorDataset(std::move(inputs), std::move(labels), classes);
}

Point on_circle(double angle) { return {std::cos(angle), std::sin(angle)}; }

}  // namespace

TensorDataset circles(int64_t n, double noise, double factor, Seed seed) {
  check("circles", n, "noise", noise);
  if (!(factor >= 0 && factor < 1))
    fail<ValueError>("circles: factor ", factor, ": needs 0 <= factor < 1");
  const int64_t outer = n / 2, inner = n - outer;
  return shuffled(n, 2, noise, seed, [=](int64_t k) -> Sample {
    const bool inside = k >= outer;
    const double step = 2 * kPi / static_cast<double>(inside ? inner : outer);
    const Point p = on_circle(step * static_cast<double>(inside ? k - outer : k));
    const double radius = inside ? factor : 1;
    return {{radius * p.x, radius * p.y}, inside};
  });
}

TensorDataset moons(int64_t n, double noise, Seed seed) {
  check("moons", n, "noise", noise);
  const int64_t outer = n / 2, inner = n - outer;
  return shuffled(n, 2, noise, seed, [=](int64_t k) -> Sample {
    const bool lower = k >= outer;
    // Both ends of the half circle are points.
    const int64_t steps = std::max<int64_t>((lower ? inner : outer) - 1, 1);
    const Point p =
        on_circle(kPi * static_cast<double>(lower ? k - outer : k) / static_cast<double>(steps));
    return {lower ? Point{1 - p.x, 0.5 - p.y} : p, lower};
  });
}

TensorDataset blobs(int64_t n, int64_t centers, double deviation, Seed seed) {
  check("blobs", n, "deviation", deviation);
  if (centers < 1) fail<ValueError>("blobs: ", centers, " centers: needs 1 or more");
  Stream stream(seed, "points centers");
  std::vector<Point> middle(static_cast<std::size_t>(centers));
  for (Point& p : middle) {
    p.x = stream.uniform(-10, 10);
    p.y = stream.uniform(-10, 10);
  }
  // In turn, so that the first classes have a point more where n does not divide evenly.
  return shuffled(n, centers, deviation, seed, [&](int64_t k) -> Sample {
    const int64_t label = k % centers;
    return {middle[static_cast<std::size_t>(label)], label};
  });
}

}  // namespace lively
