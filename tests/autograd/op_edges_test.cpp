// What NaN, infinities and the ends of the range do to each op, by its kind. No op is left out: the
// rows are those of op_table.cpp, and the few exceptions are named here with their reason, and must
// be exceptions indeed.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tests/autograd/op_table.h"

using namespace lively;
using namespace lively::testing;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Exception {
  const char* op;
  double at;
  const char* reason;
};

// Elementwise ops whose gradient is no number at an infinity: an ∞ · 0 or ∞ / ∞ in the slope.
const Exception kNoSlope[] = {
    {"gelu", kInf, "x φ(x) is ∞ · 0"},
    {"gelu", -kInf, "x φ(x) is ∞ · 0"},
    {"gelu_tanh", kInf, "x (1 - tanh²) is ∞ · 0"},
    {"gelu_tanh", -kInf, "x (1 - tanh²) is ∞ · 0"},
    {"silu", kInf, "x σ' is ∞ · 0"},
    {"silu", -kInf, "x σ' is ∞ · 0"},
    {"mish", kInf, "x (1 - tanh²) is ∞ · 0"},
    {"mish", -kInf, "x (1 - tanh²) is ∞ · 0"},
    {"softsign", kInf, "x / (1 + |x|) is ∞ / ∞"},
    {"softsign", -kInf, "x / (1 + |x|) is ∞ / ∞"},
    {"sin", kInf, "has no limit"},
    {"sin", -kInf, "has no limit"},
    {"cos", kInf, "has no limit"},
    {"cos", -kInf, "has no limit"},
};
bool is_exception(const std::string& op, double at) {
  for (const Exception& e : kNoSlope)
    if (op == e.op && at == e.at) return true;
  return false;
}

struct Result {
  Tensor y;  // row-major, as the gradients
  std::vector<Tensor> gradients;
};

Result run(const OpRow& row, const std::vector<Tensor>& inputs, const Tensor& seed = {}) {
  std::vector<Variable> v;
  for (const Tensor& t : inputs) v.push_back(parameter(t));
  const Variable y = row.call(v);
  Result r{y.data().to(Dtype::float64).contiguous(), {}};
  y.backward(seed.defined() ? seed.to(y.dtype()) : Tensor::ones(y.shape(), y.dtype()));
  for (const Variable& x : v) r.gradients.push_back(x.grad().to(Dtype::float64).contiguous());
  return r;
}

Tensor changed(const Tensor& t, int64_t place, double value) {
  Tensor copy = t.clone();
  copy.flatten().slice(0, place, place + 1).fill(value);
  return copy;
}

bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

// Single precision agrees with double: within `tolerance` of the number or of `scale`, beyond its
// range by an infinity, and where there is no number by none.
void check_agrees(const Tensor& single, const Tensor& twice, double tolerance, double scale) {
  REQUIRE(single.shape() == twice.shape());
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (int64_t i = 0; i < single.numel(); ++i) {
    const double a = single.data<double>()[i], b = twice.data<double>()[i];
    CAPTURE(i);
    CAPTURE(a);
    CAPTURE(b);
    if (std::isnan(b)) {
      CHECK(std::isnan(a));
    } else if (std::abs(b) > kLargest) {
      CHECK(a == std::copysign(kInf, b));
    } else {
      CHECK(std::abs(a - b) <= tolerance * (std::abs(b) + scale));
    }
  }
}

// The formula of gelu_tanh cubes x, and its derivative x²: beyond the range of float32 the slope is
// 0 · ∞, as in PyTorch. Elsewhere it is sound.
const std::string kOverflows = "gelu_tanh";
void check_overflows(const Tensor& x, const Tensor& single, const Tensor& twice) {
  for (int64_t i = 0; i < x.numel(); ++i) {
    const float v = x.data<float>()[i];
    CAPTURE(v);
    if (std::abs(v) > 1e19f) {
      CHECK(std::isnan(single.data<double>()[i]));
    } else {
      CHECK(single.data<double>()[i] == doctest::Approx(twice.data<double>()[i]).epsilon(1e-5));
    }
  }
}

double largest_of(const Tensor& t) {
  double largest = 0;
  for (const double v : t.values<double>())
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
  return largest;
}

}  // namespace

TEST_CASE("op edges: a NaN shows in every result that its element moves, and in no other") {
  for (const OpRow& row : op_table()) {
    CAPTURE(row.name);
    const std::vector<Tensor> inputs = inputs_of(row, Dtype::float64);
    const Tensor y = run(row, inputs).y;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      int64_t seen = 0;
      for (int64_t e = 0; e < inputs[i].numel(); ++e) {
        CAPTURE(i);
        CAPTURE(e);
        const auto with = [&](double value) {
          std::vector<Tensor> other = inputs;
          other[i] = changed(inputs[i], e, value);
          return run(row, other).y;
        };
        // Far on either side, so that a selection moves as well; positive ones cannot go below 0.
        const Tensor up = with(50), down = with(row.domain == Domain::real ? -50 : 0.01);
        const Tensor poisoned = with(NAN);
        // Where an op drops an element by multiplying it, NaN stays: in its own place only.
        const bool own_place =
            row.kind == Kind::elementwise && i == 0 && inputs[0].numel() == y.numel();
        const bool may_spread =
            row.kind == Kind::normalisation || (row.kind == Kind::product && i > 0);
        for (int64_t o = 0; o < y.numel(); ++o) {
          const double before = y.data<double>()[o], got = poisoned.data<double>()[o];
          CAPTURE(o);
          const bool moved = !same_bits(up.data<double>()[o], before) ||
                             !same_bits(down.data<double>()[o], before);
          if (moved || (own_place && o == e)) {
            ++seen;
            CHECK(std::isnan(got));
          } else if (!(may_spread && std::isnan(got))) {
            CHECK(same_bits(got, before));
          }
        }
      }
      CHECK(seen > 0);
    }
  }
}

TEST_CASE("op edges: a NaN in a gradient reaches every element that the gradient moves") {
  for (const OpRow& row : op_table()) {
    CAPTURE(row.name);
    const std::vector<Tensor> inputs = inputs_of(row, Dtype::float64);
    const Shape shape = run(row, inputs).y.shape();
    const Tensor seed = draw(shape, Domain::away_from_zero, Dtype::float64, 17);
    const Result before = run(row, inputs, seed);
    for (int64_t o = 0; o < seed.numel(); ++o) {
      CAPTURE(o);
      const Result moved = run(row, inputs, changed(seed, o, 9.5));
      const Result poisoned = run(row, inputs, changed(seed, o, NAN));
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        for (int64_t e = 0; e < inputs[i].numel(); ++e) {
          CAPTURE(e);
          if (!same_bits(
                  moved.gradients[i].data<double>()[e], before.gradients[i].data<double>()[e]))
            CHECK(std::isnan(poisoned.gradients[i].data<double>()[e]));
        }
      }
    }
  }
}

TEST_CASE("op edges: an infinity is as large in float32 as in float64, and stays in its place") {
  for (const OpRow& row : op_table()) {
    CAPTURE(row.name);
    const std::vector<Tensor> single = inputs_of(row, Dtype::float32);
    std::vector<Tensor> twice;
    for (const Tensor& t : single) twice.push_back(t.to(Dtype::float64));
    for (std::size_t i = 0; i < single.size(); ++i) {
      for (int64_t e = 0; e < single[i].numel(); ++e) {
        for (const double value : {kInf, -kInf}) {
          CAPTURE(i);
          CAPTURE(e);
          CAPTURE(value);
          std::vector<Tensor> a = single, b = twice;
          a[i] = changed(single[i], e, value);
          b[i] = changed(twice[i], e, value);
          const Result x = run(row, a), z = run(row, b);
          check_agrees(x.y, z.y, 1e-5, largest_of(z.y));
          for (std::size_t k = 0; k < a.size(); ++k)
            check_agrees(x.gradients[k], z.gradients[k], 1e-4, 1 + largest_of(z.gradients[k]));
        }
      }
    }
  }
}

TEST_CASE("op edges: elementwise ops of one input have a slope at infinity, but for those named") {
  std::size_t found = 0;
  for (const OpRow& row : op_table()) {
    if (row.kind != Kind::elementwise || row.shapes.size() != 1) continue;
    for (const double at : {kInf, -kInf}) {
      if (at < 0 && row.domain == Domain::positive) continue;
      CAPTURE(row.name);
      CAPTURE(at);
      const Result r = run(row, {Tensor::full(row.shapes[0], at)});
      // Every element is the same but for what dropout drops: 0 · ∞.
      double slope = 0;
      for (const double v : r.gradients[0].values<double>()) slope += v;
      CHECK(std::isnan(slope) == is_exception(row.name, at));
      found += is_exception(row.name, at);
    }
  }
  if (is_whole_table()) CHECK(found == std::size(kNoSlope));
}

TEST_CASE("op edges: float32 agrees with float64 from the least to the largest numbers") {
  constexpr double kPoints[] = {0.0, -0.0, 1e-30, -1e-30, 20, -20, 90, -90, 1e4, -1e4, 1e38, -1e38};
  constexpr auto kCount = static_cast<int64_t>(std::size(kPoints));
  for (const OpRow& row : op_table()) {
    const bool any_value =
        row.kind == Kind::elementwise || row.kind == Kind::selection || row.kind == Kind::view;
    CAPTURE(row.name);
    const auto check = [&](const std::vector<Tensor>& single, double tolerance, bool each) {
      std::vector<Tensor> twice;
      for (const Tensor& t : single) twice.push_back(t.to(Dtype::float64));
      // A constant gradient would cancel where a line is centred.
      const Shape shape = run(row, single).y.shape();
      const Tensor seed = draw(shape, Domain::away_from_zero, Dtype::float32, 17);
      const Result x = run(row, single, seed), z = run(row, twice, seed);
      // Below the smallest float32 the result may be 0. A slope taken from the output, as those of
      // tanh and sigmoid, is off by a rounding of 1.
      check_agrees(x.y, z.y, tolerance, 1e-37 / tolerance + (each ? 0 : largest_of(z.y)));
      for (std::size_t i = 0; i < single.size(); ++i) {
        // Where a gradient is summed over a broadcast axis, numbers beyond the range may cancel.
        if (each && single[i].shape() != shape) continue;
        if (row.name == kOverflows) {
          check_overflows(single[i], x.gradients[i], z.gradients[i]);
          continue;
        }
        check_agrees(x.gradients[i], z.gradients[i], tolerance,
            each ? 0.1 : 1e-37 / tolerance + largest_of(z.gradients[i]));
      }
    };
    if (any_value) {
      // Every pair of points meets: the second input runs through them at another pace.
      for (int64_t shift = 0; shift < kCount; ++shift) {
        CAPTURE(shift);
        std::vector<Tensor> inputs;
        for (const Shape& s : row.shapes) {
          Tensor t = Tensor::empty(s);
          const int64_t skip = inputs.empty() ? 0 : shift;
          for (int64_t e = 0; e < t.numel(); ++e)
            t.mutable_data<float>()[e] = static_cast<float>(kPoints[(e + skip) % kCount]);
          inputs.push_back(t);
        }
        check(inputs, 1e-5, true);
        if (row.shapes.size() == 1) break;
      }
    } else {
      for (const double size : {1e-30, 1e-4, 1e4}) {
        CAPTURE(size);
        std::vector<Tensor> inputs;
        for (const Tensor& t : inputs_of(row, Dtype::float64)) {
          Tensor scaled = Tensor::empty(t.shape());
          for (int64_t e = 0; e < t.numel(); ++e)
            scaled.mutable_data<float>()[e] = static_cast<float>(t.data<double>()[e] * size);
          inputs.push_back(scaled);
        }
        check(inputs, 1e-4, false);
      }
    }
  }
}

TEST_CASE("op edges: every kind has ops") {
  if (!is_whole_table()) return;
  for (int k = 0; k <= static_cast<int>(Kind::loss); ++k) {
    CAPTURE(k);
    CHECK(std::ranges::any_of(
        op_table(), [k](const OpRow& row) { return static_cast<int>(row.kind) == k; }));
  }
}
