#include "lively/nn/initializer.h"

#include "lively/nn/draws.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace lively;

namespace {

struct Sample {
  double n = 0, mean = 0, variance = 0, least = 0, most = 0;
};

Sample sample_of(const Tensor& t) {
  Sample s;
  const Tensor wide = t.to(Dtype::float64);
  const auto v = wide.values<double>();
  s.n = static_cast<double>(v.size());
  for (const double x : v) s.mean += x / s.n;
  for (const double x : v) s.variance += (x - s.mean) * (x - s.mean) / s.n;
  s.least = *std::ranges::min_element(v);
  s.most = *std::ranges::max_element(v);
  return s;
}

Tensor drawn(const char* law, const Shape& shape, Seed seed = Seed{1},
    LayerPlace place = LayerPlace::inner, Dtype dtype = Dtype::float32) {
  Tensor w = Tensor::empty(shape, dtype);
  Stream stream(seed, "init", 3);
  Initializer::parse(law).fill(w, nullptr, place, stream);
  return w;
}

constexpr double kUniform = 1.8, kNormal = 3, kTruncated = 2.366;  // E[(w - mean)^4] / variance^2

struct Expected {
  const char* law;
  Shape weight;
  double mean, variance;  // papers.md, section 5
  double kurtosis;
};

}  // namespace

TEST_CASE("initializer: value of mean and variance within five standard errors") {
  const Shape matrix{200, 100}, conv{48, 24, 3, 3};
  const Expected rows[] = {
      {"random_uniform", matrix, 0, 1.0 / 3, kUniform},
      {"random_uniform:-0.05,0.05", matrix, 0, 0.000833333333, kUniform},
      {"random_uniform:2,5", matrix, 3.5, 0.75, kUniform},
      {"random_normal", matrix, 0, 0.0025, kNormal},
      {"random_normal:1,0.5", matrix, 1, 0.25, kNormal},
      {"truncated_normal", matrix, 0, 0.00193435, kTruncated},  // uncorrected: 77.4 %
      {"truncated_normal:-1,2", matrix, -1, 4 * 0.773741, kTruncated},
      {"glorot_uniform", matrix, 0, 2.0 / 300, kUniform},
      {"glorot_normal", matrix, 0, 2.0 / 300, kTruncated},
      {"he_uniform", matrix, 0, 2.0 / 100, kUniform},
      {"he_normal", matrix, 0, 2.0 / 100, kTruncated},
      {"lecun_uniform", matrix, 0, 1.0 / 100, kUniform},
      {"lecun_normal", matrix, 0, 1.0 / 100, kTruncated},
      {"orthogonal", matrix, 0, 1.0 / 200, kNormal},
      {"orthogonal:2", {100, 200}, 0, 4.0 / 200, kNormal},
      {"he_uniform", conv, 0, 2.0 / 216, kUniform}, {"he_normal", conv, 0, 2.0 / 216, kTruncated},
      {"glorot_uniform", conv, 0, 2.0 / 648, kUniform},
      {"glorot_normal", conv, 0, 2.0 / 648, kTruncated},
      {"lecun_uniform", {4096}, 0, 1.0 / 64, kUniform},  // a bias: √n in and out, as in Keras
  };
  for (const Expected& e : rows) {
    CAPTURE(e.law);
    CAPTURE(e.weight.to_string());
    const Sample s = sample_of(drawn(e.law, e.weight));
    CHECK(std::abs(s.mean - e.mean) < 5 * std::sqrt(e.variance / s.n));
    CHECK(std::abs(s.variance - e.variance) < 5 * e.variance * std::sqrt((e.kurtosis - 1) / s.n));
    CHECK(Initializer::parse(e.law).target_variance(e.weight) ==
          doctest::Approx(e.variance).epsilon(1e-5));
  }
}

TEST_CASE("initializer: value of constants") {
  for (const auto& [law, value] :
      {std::pair{"zeros", 0.f}, {"ones", 1.f}, {"constant:0.25", 0.25f}}) {
    const Tensor constants = drawn(law, {2, 3});
    for (const float v : constants.values<float>()) CHECK(v == value);
  }
}

TEST_CASE("initializer: value within bounds, and near them") {
  const auto reaches = [](const char* law, const Shape& shape, double bound) {
    CAPTURE(law);
    const Sample s = sample_of(drawn(law, shape));
    CHECK(s.most <= bound * (1 + 1e-6));
    CHECK(s.least >= -bound * (1 + 1e-6));
    CHECK(s.most > 0.95 * bound);
    CHECK(s.least < -0.95 * bound);
  };
  reaches("he_uniform", {200, 100}, std::sqrt(6.0 / 100));
  reaches("glorot_uniform", {200, 100}, std::sqrt(6.0 / 300));
  reaches("lecun_uniform", {200, 100}, std::sqrt(3.0 / 100));
  reaches("random_uniform", {200, 100}, 1);
  reaches("truncated_normal", {200, 100}, 0.1);  // 2 · 0.05
  reaches("he_normal", {200, 100}, 2 * std::sqrt(2.0 / 100) / 0.87962566103423978);
}

TEST_CASE("initializer: value of orthogonal rows, or columns where there are fewer") {
  const auto furthest = [](const Shape& shape, double gain) {
    const Tensor w = drawn(("orthogonal:" + std::to_string(gain)).c_str(), shape, Seed{5},
        LayerPlace::inner, Dtype::float64);
    const int64_t rows = shape[0], columns = w.numel() / rows;
    const auto v = w.values<double>();
    const bool wide = rows <= columns;
    const int64_t few = std::min(rows, columns), many = std::max(rows, columns);
    const auto at = [&](int64_t i, int64_t k) {
      return v[static_cast<std::size_t>(wide ? i * columns + k : k * columns + i)];
    };
    double worst = 0;
    for (int64_t i = 0; i < few; ++i) {
      for (int64_t j = 0; j <= i; ++j) {
        double dot = 0;
        for (int64_t k = 0; k < many; ++k) dot += at(i, k) * at(j, k);
        worst = std::max(worst, std::abs(dot - (i == j ? gain * gain : 0)));
      }
    }
    return worst;
  };
  CHECK(furthest({20, 50}, 1) < 1e-13);
  CHECK(furthest({50, 20}, 1) < 1e-13);
  CHECK(furthest({33, 33}, 1.5) < 1e-12);
  CHECK(furthest({8, 3, 3, 3}, 1) < 1e-13);
}

TEST_CASE("initializer: value of rai's constants") {
  CHECK(detail::rai_deviation(1) == doctest::Approx(0.6007473091).epsilon(1e-9));
  CHECK(
      detail::rai_deviation(128) == doctest::Approx(0.6007473091 / std::sqrt(128.0)).epsilon(1e-9));
}

TEST_CASE("initializer: value of rai's rows, weight and bias together") {
  constexpr int64_t kUnits = 20000, kInputs = 3;
  Tensor w = Tensor::empty({kUnits, kInputs}, Dtype::float64),
         b = Tensor::full({kUnits}, 9, Dtype::float64);
  Stream stream(Seed{2}, "init", 1);
  CHECK(Initializer::parse("rai").fill(w, &b, LayerPlace::inner, stream));
  const double n = kUnits, places = kInputs + 1;

  // Of one place: Beta(2, 1) with probability 1/4, mean 2/3; else N(0, s²/3).
  const double mean = 2.0 / 3 / places, s2 = 0.6007473091 * 0.6007473091 / kInputs;
  const double square = 0.5 / places + s2 * kInputs / places;
  const double variance = square - mean * mean;
  for (int64_t place = 0; place <= kInputs; ++place) {
    CAPTURE(place);
    const Sample s = sample_of(place < kInputs ? w.select(1, place).contiguous() : b);
    CHECK(std::abs(s.mean - mean) < 5 * std::sqrt(variance / n));
    CHECK(std::abs(s.variance - variance) < 5 * variance * std::sqrt(3 / n));
  }
  CHECK(Initializer::parse("rai").target_variance({kUnits, kInputs}) == doctest::Approx(variance));

  // Of a row: exactly one place is the Beta's, so the sum of squares has mean 1/2 + s².
  double squares = 0;
  for (const double v : w.values<double>()) squares += v * v / n;
  for (const double v : b.values<double>()) squares += v * v / n;
  const double row_variance = 1.0 / 3 - 0.25 + kInputs * 2 * s2 * s2;
  CHECK(std::abs(squares - (0.5 + 3 * s2)) < 5 * std::sqrt(row_variance / n));
}

TEST_CASE("initializer: value of rai's first layer is He normal, not cut, with bias 0") {
  Tensor w = Tensor::empty({200, 100}), b = Tensor::full({200}, 9);
  Stream stream(Seed{2}, "init", 0);
  CHECK(Initializer::parse("rai").fill(w, &b, LayerPlace::first, stream));
  const Sample s = sample_of(w);
  CHECK(std::abs(s.mean) < 5 * std::sqrt(0.02 / s.n));
  CHECK(std::abs(s.variance - 0.02) < 5 * 0.02 * std::sqrt(2 / s.n));
  CHECK(s.most > 3 * std::sqrt(0.02));
  for (const float v : b.values<float>()) CHECK(v == 0);
}

namespace {

// Lu et al. 2019, Lemma 10: some hidden layer is silent on all inputs.
bool born_dead(Sequential& net, const Tensor& inputs) {
  const NoGrad no_grad;
  Variable x(inputs);
  for (std::size_t i = 0; i < net.size(); ++i) {
    x = net[i](x);
    if (!dynamic_cast<ReLU*>(&net[i])) continue;
    const auto v = x.data().values<float>();
    if (std::ranges::all_of(v, [](float y) { return y == 0; })) return true;
  }
  return false;
}

std::vector<bool> births(const char* law, uint64_t nets) {
  Tensor inputs = Tensor::empty({64, 1});
  Stream stream(Seed{7}, "inputs");
  fill_uniform(inputs, stream, -std::sqrt(3.0), std::sqrt(3.0));
  const auto net = mlp({.inputs = 1, .depth = 9, .width = 2, .classes = 1});
  const Initializer init = Initializer::parse(law);
  std::vector<bool> dead;
  for (uint64_t seed = 0; seed < nets; ++seed) {
    initialize(*net, init, Seed{seed});
    dead.push_back(born_dead(*net, inputs));
  }
  return dead;
}

}  // namespace

TEST_CASE("initializer: value of the born-dead rate, 10 x 2 nets on [-√3, √3]") {
  constexpr uint64_t kNets = 1000;
  const auto share = [&](const char* law) {
    return static_cast<double>(std::ranges::count(births(law, kNets), true)) / kNets;
  };
  // papers.md, section 1, "sim": five binomial standard errors about it
  const auto margin = [](double p) { return 5 * std::sqrt(p * (1 - p) / kNets); };
  CHECK(std::abs(share("he_normal") - 0.878) < margin(0.878));
  CHECK(std::abs(share("rai") - 0.218) < margin(0.218));
}

TEST_CASE("initializer: value: the scale cannot change who is born dead") {
  CHECK(births("random_uniform:-1,1", 200) == births("random_uniform:-0.05,0.05", 200));
}

TEST_CASE("initializer: value depends on the seed and the layer, and on nothing else") {
  const auto a = mlp({.inputs = 6, .depth = 3, .width = 5, .classes = 4});
  const auto b = mlp({.inputs = 6, .depth = 3, .width = 5, .classes = 4});
  const auto weights = [](Module& m) {
    std::vector<float> all;
    for (const Variable& p : m.parameters())
      for (const float v : p.data().values<float>()) all.push_back(v);
    return all;
  };
  for (const std::string& law : Initializer::names()) {
    CAPTURE(law);
    const Initializer init = Initializer::parse(law == "constant" ? "constant:0.5" : law);
    initialize(*a, init, Seed{11});
    initialize(*b, Initializer::parse("ones"), Seed{12});
    initialize(*b, init, Seed{11});
    CHECK(weights(*a) == weights(*b));
  }
  initialize(*b, Initializer::parse("rai"), Seed{12});
  CHECK(weights(*a) != weights(*b));

  // Each layer has a stream of its own: a wider first layer leaves the third as it was.
  const auto wide = mlp({.inputs = 60, .depth = 3, .width = 5, .classes = 4});
  initialize(*a, Initializer::parse("he_uniform"), Seed{11});
  initialize(*wide, Initializer::parse("he_uniform"), Seed{11});
  const std::vector<Variable> narrow_layers = a->parameters(), wide_layers = wide->parameters();
  const auto second = narrow_layers[2].data().values<float>(),
             third = narrow_layers[4].data().values<float>();
  CHECK(std::ranges::equal(third, wide_layers[4].data().values<float>()));
  CHECK(!std::ranges::equal(second, third));
}

TEST_CASE("initializer: value of biases by a law of their own") {
  Linear layer(4, 3);
  initialize(layer, Initializer::parse("he_normal"), Seed{1}, Initializer::parse("constant:0.1"));
  for (const float v : layer.bias.data().values<float>()) CHECK(v == 0.1f);
  Linear bare(4, 3, Bias::none);
  CHECK_NOTHROW(initialize(bare, Initializer::parse("rai"), Seed{1}));
  CHECK_THROWS_WITH_AS(
      initialize(layer, Initializer::parse("zeros"), Seed{1}, Initializer::parse("rai")),
      "rai: [3]: needs [out, in, ...], so no bias alone", ShapeError);
  CHECK_THROWS_WITH_AS(
      initialize(layer, Initializer::parse("zeros"), Seed{1}, Initializer::parse("orthogonal")),
      "orthogonal: [3]: needs [out, in, ...], so no bias alone", ShapeError);
}

TEST_CASE("initializer: value of names, which parse and print") {
  for (const std::string& name : Initializer::names()) {
    const std::string text =
        Initializer::parse(name == "constant" ? "constant:0.5" : name).to_string();
    CAPTURE(text);
    CHECK(Initializer::parse(text).to_string() == text);
    CHECK(text.starts_with(name));
  }
  CHECK(Initializer::parse("random_uniform").to_string() == "random_uniform:-1,1");
  CHECK(Initializer::parse("random_uniform:-0.05,0.05").to_string() == "random_uniform:-0.05,0.05");
  CHECK(Initializer::parse("random_normal").to_string() == "random_normal:0,0.05");
  CHECK(Initializer::parse("kaiming_uniform").to_string() == "he_uniform");
  CHECK(Initializer::parse("kaiming_normal").to_string() == "he_normal");
  CHECK(Initializer::parse("kaiming_normal:0.3").to_string() == "he_normal:0.3");
  CHECK(Initializer::parse("he_uniform_fan_out:0").to_string() == "he_uniform_fan_out");
  CHECK(Initializer::parse("xavier_uniform").to_string() == "glorot_uniform");
  CHECK(Initializer::parse("xavier_normal").to_string() == "glorot_normal");
}

TEST_CASE("initializer: value of the law that a layer gets") {
  const Shape w{128, 784};
  const auto resolved = [&](const char* law) { return Initializer::parse(law).resolved(w); };
  CHECK(resolved("zeros") == "0");
  CHECK(resolved("constant:0.1") == "0.1");
  CHECK(resolved("random_uniform") == "U(-1, 1)");
  CHECK(resolved("random_normal") == "N(0, 0.05)");
  CHECK(resolved("truncated_normal") == "N(0, 0.05) cut at ±2σ");
  CHECK(resolved("he_uniform") == "U(-0.08748, 0.08748)");
  CHECK(resolved("he_normal") == "N(0, 0.05742) cut at ±2σ");
  CHECK(resolved("orthogonal:2") == "orthogonal, gain 2");
  CHECK(resolved("rai") == "N(0, 0.02146), one Beta(2, 1) a unit");
  CHECK(Initializer::parse("rai").resolved(w, LayerPlace::first) == "N(0, 0.05051)");
  CHECK(Initializer::parse("he_uniform").bounds(w)->high == doctest::Approx(std::sqrt(6.0 / 784)));
  CHECK(!Initializer::parse("he_normal").bounds(w));
}

// The bound of torch 2.13's kaiming_uniform_(a=, mode=), and the deviation of kaiming_normal_.
TEST_CASE("initializer: value of he's laws with a slope and by the fan out is PyTorch's") {
  const Shape matrix{128, 784}, conv{16, 8, 3, 3};
  const auto bound = [](const char* law, const Shape& w) {
    return Initializer::parse(law).bounds(w)->high;
  };
  CHECK(bound("he_uniform:0.01", matrix) == doctest::Approx(0.08747740276717357).epsilon(1e-9));
  CHECK(bound("he_uniform:0.3", conv) == doctest::Approx(0.2765006318046655).epsilon(1e-9));
  CHECK(bound("he_uniform_fan_out", matrix) == doctest::Approx(0.21650635094610965).epsilon(1e-9));
  CHECK(
      bound("he_uniform_fan_out:0.3", conv) == doctest::Approx(0.19551547175144374).epsilon(1e-9));
  const auto deviation = [](const char* law, const Shape& w) {
    return std::sqrt(Initializer::parse(law).target_variance(w));
  };
  CHECK(deviation("he_normal:0.3", matrix) == doctest::Approx(0.04837753296275688).epsilon(1e-9));
  CHECK(deviation("he_normal_fan_out:0.3", conv) ==
        doctest::Approx(0.11288091024643272).epsilon(1e-9));
}

TEST_CASE("initializer: error texts") {
  const auto parse = [](const char* text) { (void)Initializer::parse(text); };
  CHECK_THROWS_WITH_AS(
      parse("he_unifrom"), "he_unifrom: no such initialiser, did you mean he_uniform?", ValueError);
  CHECK_THROWS_WITH_AS(parse("xavier_norml:1"),
      "xavier_norml: no such initialiser, did you mean xavier_normal?", ValueError);
  CHECK_THROWS_WITH_AS(parse("something"), "something: no such initialiser", ValueError);
  CHECK_THROWS_WITH_AS(parse(""), "\"\": no such initialiser", ValueError);
  CHECK_THROWS_WITH_AS(parse("constant"), "constant: takes 1 number (value)", ValueError);
  CHECK_THROWS_WITH_AS(
      parse("he_normal:2,1"), "he_normal:2,1: takes 1 number (slope) or none", ValueError);
  CHECK_THROWS_WITH_AS(
      parse("he_normal:1e308"), "he_normal:1e308: slope 1e+308: needs -1e+06 to 1e+06", ValueError);
  CHECK_THROWS_WITH_AS(parse("he_uniform_fan_out:-1e7"),
      "he_uniform_fan_out:-1e7: slope -1e+07: needs -1e+06 to 1e+06", ValueError);
  CHECK_THROWS_WITH_AS(parse("lecun_normal:2"), "lecun_normal:2: takes no number", ValueError);
  CHECK_THROWS_WITH_AS(parse("random_normal:1"),
      "random_normal:1: takes 2 numbers (mean,deviation) or none", ValueError);
  CHECK_THROWS_WITH_AS(
      parse("random_uniform:1,-1"), "random_uniform:1,-1: low 1 is above high -1", ValueError);
  CHECK_THROWS_WITH_AS(
      parse("random_normal:0,-1"), "random_normal:0,-1: deviation -1 is below 0", ValueError);
  CHECK_THROWS_WITH_AS(
      parse("random_uniform:a,1"), "random_uniform:a,1: \"a\" is not a number", ValueError);
}

TEST_CASE("initializer: value of the audit") {
  const auto net = mlp({.inputs = 784, .depth = 2, .width = 128, .classes = 10});
  const auto init = Initializer::parse("random_uniform");
  initialize(*net, init, Seed{3});
  const std::vector<LayerAudit> rows = audit(*net, init);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "1");
  CHECK(rows[2].name == "5");
  CHECK(rows[1].weight == Shape{128, 128});
  CHECK(rows[1].law == "U(-1, 1)");
  CHECK(rows[1].target_variance == doctest::Approx(1.0 / 3));
  CHECK(rows[1].measured_variance == doctest::Approx(1.0 / 3).epsilon(0.05));
  // papers.md, section 5: 11.4 from 784 inputs, 4.62 from 128
  CHECK(rows[0].gain == doctest::Approx(11.4).epsilon(0.01));
  CHECK(rows[1].gain == doctest::Approx(4.62).epsilon(0.02));
  initialize(*net, Initializer::parse("rai"), Seed{3});
  CHECK(audit(*net, Initializer::parse("rai"))[0].law == "N(0, 0.05051)");
  CHECK(audit(*net, Initializer::parse("rai"))[1].law == "N(0, 0.0531), one Beta(2, 1) a unit");
}
