#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "lively/tensor/gemm.h"
#include "lively/tensor/map.h"
#include "lively/tensor/math.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"

using namespace lively;

namespace {

Tensor random(const Shape& shape, Dtype dtype = Dtype::float32, double scale = 1) {
  Tensor t = Tensor::empty(shape, dtype);
  Stream stream(Seed{11}, "kernels", static_cast<uint64_t>(shape.numel()));
  fill_normal(t, stream, 0, scale);
  return t;
}

uint64_t hash(const Tensor& t) {
  const Tensor c = t.contiguous();
  uint64_t h = 14695981039346656037u;
  for (std::size_t i = 0; i < static_cast<std::size_t>(c.numel()) * item_size(c.dtype()); ++i)
    h = (h ^ static_cast<uint8_t>(c.bytes()[i])) * 1099511628211u;
  return h;
}

// The distance in units in the last place, of the correctly rounded result.
double ulps(float got, double want) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e9;
  const float rounded = static_cast<float>(want);
  if (got == rounded) return 0;
  if (!std::isfinite(rounded) || !std::isfinite(got)) return 1e9;
  const double unit =
      std::max(static_cast<double>(std::nextafter(std::abs(rounded), INFINITY) - std::abs(rounded)),
          static_cast<double>(std::numeric_limits<float>::denorm_min()));
  return std::abs(static_cast<double>(got) - want) / unit;
}

}  // namespace

TEST_CASE("math: float32 functions stay within 4 units in the last place") {
  struct Function {
    std::string name;
    float (*ours)(float);
    double (*exact)(double);
    double bound;
  };
  const Function functions[] = {
      {"exp", [](float x) { return math::exp(x); }, [](double x) { return std::exp(x); }, 4},
      {"exp_decay", [](float x) { return math::exp_decay(x > 0 ? -x : x); },
          [](double x) { return std::abs(x) > 87 ? 0 : std::exp(-std::abs(x)); }, 4},
      {"expm1", [](float x) { return math::expm1(x); }, [](double x) { return std::expm1(x); }, 4},
      {"log", [](float x) { return math::log(x); }, [](double x) { return std::log(x); }, 4},
      {"log1p", [](float x) { return math::log1p(x); }, [](double x) { return std::log1p(x); }, 4},
      {"tanh", [](float x) { return math::tanh(x); }, [](double x) { return std::tanh(x); }, 4},
      {"erf", [](float x) { return math::erf(x); }, [](double x) { return std::erf(x); }, 4},
      {"sigmoid", [](float x) { return math::sigmoid(x); },
          [](double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); },
          4},
      {"softplus", [](float x) { return math::softplus(x); },
          [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }, 4}};
  // Every 1009th float, of both signs: 4 million of them, denormals, infinities and NaN among them.
  // Under an emulator every 100,003rd: ctest says so where it starts one.
  const uint64_t stride = std::getenv("LIVELY_EMULATED") ? 100003 : 1009;
  for (const Function& f : functions) {
    CAPTURE(f.name);
    double worst = 0;
    float at = 0;
    for (uint64_t bits = 0; bits <= 0xffffffffu; bits += stride) {
      const float x = std::bit_cast<float>(static_cast<uint32_t>(bits));
      const double off = ulps(f.ours(x), f.exact(x));
      if (off > worst) {
        worst = off;
        at = x;
      }
    }
    CAPTURE(at);
    CHECK(worst <= f.bound);
    for (const float x : {0.f, -0.f, INFINITY, -INFINITY, NAN, 1e-45f, -1e-45f, 88.7f, 88.8f,
             -103.9f, -104.1f, 1.f, -1.f}) {
      CAPTURE(x);
      CHECK(ulps(f.ours(x), f.exact(x)) <= f.bound);
    }
  }
  CHECK(std::signbit(math::expm1(-0.f)));
  CHECK(std::signbit(math::tanh(-0.f)));
}

TEST_CASE("map: elementwise bits are those of every other x86-64") {
  // The hash was taken on AVX-512, AVX2 and baseline alike (LIVELY_ISA): our functions are plain
  // arithmetic, compiled without contraction.
  Tensor x = Tensor::empty({65536});
  for (int64_t i = 0; i < 65536; ++i)
    x.mutable_data<float>()[i] = static_cast<float>(i - 32768) / 3000.f;
  const Tensor y = map(
      "bits",
      [](auto v) {
        return math::exp(v) + math::tanh(v) * math::erf(v) + math::log1p(math::abs(v)) + v * v * v;
      },
      x);
  CHECK(hash(y) == 15879865222415577646u);
}

TEST_CASE("threads: maps and reductions give the same bits for 1 and 2") {
  const int before = threads();
  const Tensor x = random({700, 333}), wide = random({3, 200000});
  uint64_t first = 0;
  for (const int n : {1, 2}) {
    set_threads(n);
    uint64_t h = hash(map(
        "threads", [](auto v) { return math::tanh(v); }, x));
    h ^= hash(sum(x)) * 3 ^ hash(sum(x, {0})) * 5 ^ hash(sum(x, {1})) * 7 ^
         hash(sum(wide, {1})) * 11 ^ hash(var(wide, {1})) * 13 ^ hash(logsumexp(x, {0})) * 17 ^
         hash(mean(x.t(), {0})) * 19;
    if (n == 1) first = h;
    CHECK(h == first);
  }
  set_threads(before);
}

TEST_CASE("reduce: sums equal a plain loop in float64, over every set of axes") {
  const Tensor x = random({5, 1, 37, 6});
  for (const auto& axes : std::vector<std::vector<int>>{
           {}, {0}, {1}, {2}, {3}, {0, 2}, {1, 3}, {0, 3}, {2, 3}, {0, 1, 2, 3}}) {
    Tensor want = Tensor::zeros({5, 1, 37, 6}, Dtype::float64);
    std::vector<bool> gone(4, axes.empty());
    for (const int a : axes) gone[static_cast<std::size_t>(a)] = true;
    Shape kept{5, 1, 37, 6};
    for (int a = 0; a < 4; ++a)
      if (gone[static_cast<std::size_t>(a)]) kept[a] = 1;
    want = Tensor::zeros(kept, Dtype::float64);
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t k = 0; k < 37; ++k)
        for (int64_t l = 0; l < 6; ++l) {
          Tensor place = want.select(0, gone[0] ? 0 : i)
                             .select(0, 0)
                             .select(0, gone[2] ? 0 : k)
                             .select(0, gone[3] ? 0 : l);
          place.fill(place.item() + x.at({i, 0, k, l}));
        }
    const Tensor got = axes.empty()       ? sum(x, {}, true)
                       : axes.size() == 1 ? sum(x, {axes[0]}, true)
                       : axes.size() == 2 ? sum(x, {axes[0], axes[1]}, true)
                                          : sum(x, {0, 1, 2, 3}, true);
    REQUIRE(got.shape() == kept);
    for (int64_t i = 0; i < got.numel(); ++i)
      CHECK(got.data<float>()[i] == doctest::Approx(want.data<double>()[i]).epsilon(1e-5).scale(1));
  }
}

TEST_CASE("reduce: long rows keep their digits") {
  const Tensor x = Tensor::full({1000003}, 0.1);
  CHECK(sum(x).item() == doctest::Approx(100000.3).epsilon(1e-5));
  CHECK(mean(x).item() == doctest::Approx(0.1).epsilon(1e-5));
  CHECK(var(Tensor::of<float>({10000.f, 10001.f, 10002.f})).item() == doctest::Approx(1));
}

TEST_CASE("reduce: NaN wins, the first of equals is named, nothing has no maximum") {
  const Tensor x = Tensor::of<float>({3, NAN, 5, 5, 1, 5}, {2, 3});
  CHECK(std::isnan(max(x, {1}).at({0})));
  CHECK(std::isnan(min(x, {1}).at({0})));
  CHECK(argmax(x, 1).at({0}) == 1);
  CHECK(argmax(x, 1).at({1}) == 0);
  CHECK(argmin(x, 1).at({1}) == 1);
  CHECK(argmax(Tensor::full({1000}, 2), 0).item() == 0);
  CHECK(any(x, {1}).at({0}) == 1);
  CHECK(all(Tensor::of<float>({1, 0})).item() == 0);
  CHECK(sum(Tensor::of<uint8_t>({200, 100})).item() == 300);
  CHECK(sum(Tensor::zeros({0, 3}), {0}).at({2}) == 0);
  CHECK(sum(Tensor::zeros({5, 0}), {0}).shape() == Shape{0});
  CHECK(std::isnan(mean(Tensor::zeros({0})).item()));
  CHECK_THROWS_WITH_AS(max(Tensor::zeros({0, 3}), {0}),
      "max: [0,3]: needs at least one element to reduce", ValueError);
  CHECK_THROWS_WITH_AS(sum(x, {0, 0}), "sum: axis 0 of [2,3]: named twice", ShapeError);
  CHECK(logsumexp(Tensor::of<float>({-INFINITY, -INFINITY})).item() == -INFINITY);
  CHECK(logsumexp(Tensor::of<float>({1000, 1000})).item() == doctest::Approx(1000.6931));
}

TEST_CASE("gemm: BLAS gives what plain loops give, whatever the strides") {
  for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
    for (const auto& sizes : std::vector<std::array<int64_t, 3>>{
             {1, 1, 1}, {3, 5, 7}, {17, 1, 9}, {1, 8, 33}, {65, 70, 130}, {4, 4, 0}, {0, 3, 2}}) {
      const int64_t m = sizes[0], n = sizes[1], k = sizes[2];
      const Tensor a = random({m, k}, dtype), b = random({k, n}, dtype);
      Tensor want = Tensor::empty({m, n}, dtype);
      plain_gemm_into(want, a, b);
      const Tensor at = random({k, m}, dtype), wide = random({m, 2 * k}, dtype);
      const auto close = [&](const Tensor& got, const Tensor& x, const Tensor& y) {
        Tensor oracle = Tensor::empty({m, n}, dtype);
        plain_gemm_into(oracle, x, y);
        REQUIRE(got.shape() == oracle.shape());
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j)
            CHECK(got.at({i, j}) == doctest::Approx(oracle.at({i, j})).epsilon(1e-4).scale(1));
      };
      close(gemm(a, b), a, b);
      close(gemm(at.t(), b), at.t(), b);
      close(gemm(wide.slice(1, 0, k), b), wide.slice(1, 0, k), b);
      close(gemm(wide.slice(1, 0, 2 * k, 2), b), wide.slice(1, 0, 2 * k, 2), b);
      close(gemm(a, random({n, k}, dtype).t()), a, random({n, k}, dtype).t());
      Tensor sum_of = Tensor::ones({m, n}, dtype);
      gemm_into(sum_of, a, b, 2);
      for (int64_t i = 0; i < m * n; ++i)
        CHECK(sum_of.reshape({-1}).at({i}) ==
              doctest::Approx(2 + want.reshape({-1}).at({i})).epsilon(1e-4).scale(1));
    }
  }
}

TEST_CASE("gemm: batches broadcast") {
  const Tensor a = random({2, 1, 3, 4}), b = random({5, 4, 2});
  const Tensor c = gemm(a, b);
  REQUIRE(c.shape() == Shape{2, 5, 3, 2});
  const Tensor one = gemm(a.select(0, 1).select(0, 0), b.select(0, 3));
  for (int64_t i = 0; i < 6; ++i)
    CHECK(c.select(0, 1).select(0, 3).reshape({6}).at({i}) ==
          doctest::Approx(one.reshape({6}).at({i})));
  CHECK_THROWS_WITH_AS(
      gemm(random({3}), random({3, 2})), "gemm: [3] x [3,2]: needs two axes at least", ShapeError);
}

TEST_CASE("random: Philox gives the vectors of its authors") {
  // Random123, kat_vectors, philox4x32 with 10 rounds.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: streams are told apart, and go on from where they stood") {
  Stream a(Seed{1}, "init", 0), b(Seed{1}, "init", 1), c(Seed{1}, "shuffle", 0),
      d(Seed{2}, "init", 0), again(Seed{1}, "init", 0);
  const uint32_t first = a.bits();
  CHECK(first == again.bits());
  CHECK(first != b.bits());
  CHECK(first != c.bits());
  CHECK(first != d.bits());
  for (int i = 0; i < 7; ++i) (void)a.normal();
  const Stream::State state = a.state();
  const double next = a.normal(), after = a.uniform();
  Stream resumed(Seed{1}, "init", 0);
  resumed.restore(state);
  CHECK(resumed.normal() == next);
  CHECK(resumed.uniform() == after);
}

TEST_CASE("random: moments of 100,000 draws lie within five standard errors") {
  Stream stream(Seed{9}, "moments");
  const int n = 100000;
  double uniform = 0, normal = 0, squares = 0, fourth = 0;
  std::array<int, 7> faces{};
  for (int i = 0; i < n; ++i) {
    uniform += stream.uniform();
    const double z = stream.normal();
    normal += z;
    squares += z * z;
    fourth += z * z * z * z;
    ++faces[stream.below(7)];
  }
  const double root = std::sqrt(n);
  CHECK(std::abs(uniform / n - 0.5) < 5 * std::sqrt(1.0 / 12) / root);
  CHECK(std::abs(normal / n) < 5 / root);
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2) / root);
  CHECK(std::abs(fourth / n - 3) < 5 * std::sqrt(96) / root);
  for (const int f : faces) CHECK(std::abs(f - n / 7.0) < 5 * std::sqrt(n * 6.0 / 49));
}
