#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/shaping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace lively;

namespace {

bool equal(const Variable& a, const Variable& b) {
  return a.shape() == b.shape() &&
         std::ranges::equal(a.data().values<float>(), b.data().values<float>());
}

Variable samples() {
  return Variable(Tensor::of<float>({-30, -3, -1, -0.1f, 0, 0.1f, 1, 30}, {2, 4}));
}

}  // namespace

TEST_CASE("activation: value is that of the op, by name and by type") {
  const Variable x = samples();
  const auto named = [&](const char* text) { return (*make_activation(text))(x); };
  CHECK(equal(named("relu"), relu(x)));
  CHECK(equal(named("leaky_relu"), leaky_relu(x, 0.01)));
  CHECK(equal(named("leaky_relu:0.3"), leaky_relu(x, 0.3)));
  CHECK(equal(named("prelu"), leaky_relu(x, 0.25)));
  CHECK(equal(named("prelu:0.5"), leaky_relu(x, 0.5)));
  CHECK(equal(named("elu"), elu(x)));
  CHECK(equal(named("elu:2"), elu(x, 2)));
  CHECK(equal(named("selu"), selu(x)));
  CHECK(equal(named("gelu"), gelu(x)));
  CHECK(equal(named("silu"), silu(x)));
  CHECK(equal(named("softplus"), softplus(x)));
  CHECK(equal(named("tanh"), tanh(x)));
  CHECK(equal(named("sigmoid"), sigmoid(x)));
  CHECK(equal(ReLU()(x), relu(x)));
  CHECK(equal(LeakyReLU(0.3)(x), leaky_relu(x, 0.3)));
  CHECK(equal(ELU(2)(x), elu(x, 2)));
  CHECK(equal(Tanh()(x), tanh(x)));
}

TEST_CASE("activation: value of descriptions and names") {
  const auto described = [](const char* text) { return make_activation(text)->describe(); };
  CHECK(described("relu") == "ReLU()");
  CHECK(described("leaky_relu:0.3") == "LeakyReLU(0.3)");
  CHECK(described("elu") == "ELU(1)");
  CHECK(described("prelu") == "PReLU(1)");
  for (const std::string& name : activation_names()) CHECK_NOTHROW(make_activation(name));
}

TEST_CASE("activation: error texts") {
  CHECK_THROWS_WITH_AS(
      make_activation("rleu"), "rleu: no such activation, did you mean relu?", ValueError);
  CHECK_THROWS_WITH_AS(make_activation("leaky-relu:0.1"),
      "leaky-relu: no such activation, did you mean leaky_relu?", ValueError);
  CHECK_THROWS_WITH_AS(make_activation("maxout"),
      "maxout: no such activation; known: relu, leaky_relu, prelu, elu, selu, gelu, silu, "
      "softplus, tanh, sigmoid",
      ValueError);
  CHECK_THROWS_WITH_AS(make_activation("relu:1"), "relu:1: takes no number", ValueError);
  CHECK_THROWS_WITH_AS(
      make_activation("elu:1,2"), "elu:1,2: takes 1 number (alpha) or none", ValueError);
  CHECK_THROWS_WITH_AS(make_activation("elu:x"), "elu:x: \"x\" is not a number", ValueError);
  CHECK_THROWS_WITH_AS(PReLU(0), "PReLU: 0 channels: needs at least 1", ValueError);
}

TEST_CASE("prelu: gradient reaches a slope for each channel") {
  PReLU layer(4, 0.25);
  sum(layer(samples())).backward();
  const auto g = layer.weight.grad().values<float>();
  CHECK(g[0] == -30);
  CHECK(g[1] == -3);
  CHECK(g[3] == doctest::Approx(-0.1));
  CHECK(layer.named_parameters()[0].name == "weight");
}

TEST_CASE("flatten: shape") {
  CHECK(Flatten()(Variable(Tensor::zeros({5, 1, 28, 28}))).shape() == Shape{5, 784});
  CHECK(Flatten()(Variable(Tensor::zeros({5, 7}))).shape() == Shape{5, 7});
}

TEST_CASE("dropout: value in training, the reference's share and factor") {
  Dropout layer(0.3, Seed{1});
  const Variable x(Tensor::ones({50000}), true);
  const Variable y = layer(x);
  int64_t zeros = 0;
  for (const float v : y.data().values<float>()) {
    zeros += v == 0;
    if (v != 0) REQUIRE(v == doctest::Approx(1.4285714285714286));
  }
  CHECK(std::abs(static_cast<double>(zeros) / 50000 - 0.3) <
        0.010246950765959597);  // reference, dropout/p_0.3
  sum(y).backward();
  CHECK(std::ranges::equal(
      x.grad().values<float>(), y.data().values<float>()));  // the same mask and factor
}

TEST_CASE("dropout: value in evaluation is the input, and no draw is spent") {
  Dropout layer(0.5, Seed{1});
  const Variable x(Tensor::ones({4, 8}));
  layer.eval();
  CHECK(equal(layer(x), x));
  CHECK(*layer.draws() == 0);
  layer.train();
  CHECK(!equal(layer(x), x));
  CHECK(*layer.draws() == 1);
  CHECK(equal(Dropout(0)(x), x));
}

TEST_CASE("dropout: value depends on seed, place and batch alone") {
  const Variable x(Tensor::ones({16, 16}));
  Dropout a(0.5, Seed{1}), b(0.5, Seed{1}), seed(0.5, Seed{2}), place(0.5, Seed{1}, 1);
  const Variable first = a(x), second = a(x);
  CHECK(!equal(first, second));
  CHECK(!equal(first, seed(x)));
  CHECK(!equal(first, place(x)));
  *b.draws() = 1;  // as a checkpoint does
  CHECK(equal(b(x), second));
}

// The two values that torch 2.13's alpha_dropout gives each of -1, 0 and 2 over 200 draws.
TEST_CASE("alpha dropout: value is one of PyTorch's two") {
  struct Row {
    double p, dropped, kept[3];
  };
  const Row rows[] = {
      {0.1, -1.457738730518132, {-0.7593135460921413, 0.16197097005757022, 2.0045400023569933}},
      {0.5, -0.7791939305180315, {-0.10721096414790032, 0.7791939305180315, 2.5520037198498953}}};
  for (const Row& row : rows) {
    AlphaDropout layer(row.p, Seed{1});
    const Variable x(Tensor::of<double>({-1, 0, 2}, {3, 1}).expand({3, 200}).clone());
    const Tensor y = layer(x).data();
    for (int64_t i = 0; i < 3; ++i) {
      int dropped = 0, kept = 0;
      for (int64_t j = 0; j < 200; ++j) {
        dropped += std::abs(y.at({i, j}) - row.dropped) < 1e-14;
        kept += std::abs(y.at({i, j}) - row.kept[i]) < 1e-14;
      }
      CHECK(dropped > 0);
      CHECK(dropped + kept == 200);
    }
  }
}

TEST_CASE(
    "alpha dropout: value keeps mean 0 and variance 1 of normal inputs, n = 200,000, within 4.5 "
    "σ") {
  constexpr int64_t kN = 200000;
  for (const double p : {0.05, 0.3, 0.6}) {
    CAPTURE(p);
    Tensor x = Tensor::empty({kN}, Dtype::float64);
    Stream stream(Seed{5}, "alpha dropout test");
    fill_normal(x, stream, 0, 1);
    const Tensor y = AlphaDropout(p, Seed{2})(Variable(x)).data();
    double sum = 0, squares = 0, fourth = 0;
    for (const double v : y.values<double>()) {
      sum += v;
      squares += v * v;
      fourth += v * v * v * v;
    }
    CHECK(std::abs(sum / kN) < 4.5 / std::sqrt(kN));
    CHECK(std::abs(squares / kN - 1) < 4.5 * std::sqrt((fourth / kN - 1) / kN));
  }
}

TEST_CASE("alpha dropout: value in evaluation is the input, and the stream is its own") {
  AlphaDropout layer(0.5, Seed{1});
  const Variable x(Tensor::ones({16, 16}));
  layer.eval();
  CHECK(equal(layer(x), x));
  CHECK(*layer.draws() == 0);
  CHECK(equal(AlphaDropout(0)(x), x));
  layer.train();
  const Variable first = layer(x), second = layer(x), plain = Dropout(0.5, Seed{1})(x);
  CHECK(*layer.draws() == 2);
  CHECK(!equal(first, second));
  int differ = 0;  // from what a dropout of the same seed and place takes
  for (std::size_t i = 0; i < 256; ++i)
    differ += (first.data().values<float>()[i] < 0) != (plain.data().values<float>()[i] == 0);
  CHECK(std::abs(differ - 128) < 36);  // 4.5 σ of 256 independent pairs
}

TEST_CASE("alpha dropout: nan shows where it is dropped") {
  const Variable y = AlphaDropout(0.9)(Variable(Tensor::full({50}, std::nan(""))));
  CHECK(std::ranges::all_of(y.data().values<float>(), [](float v) { return std::isnan(v); }));
}

TEST_CASE("alpha dropout: error text and description") {
  CHECK(AlphaDropout(0.25).describe() == "AlphaDropout(0.25)");
  CHECK_THROWS_WITH_AS(AlphaDropout(1.5), "AlphaDropout: p 1.5: must be from 0 to 1", ValueError);
  Stream stream(Seed{1}, "dropout");
  CHECK_THROWS_WITH_AS(alpha_dropout(samples(), -0.5, stream),
      "alpha_dropout: p -0.5: must be from 0 to 1", ValueError);
}

TEST_CASE("dropout: error text and description") {
  CHECK(Dropout(0.25).describe() == "Dropout(0.25)");
  CHECK_THROWS_WITH_AS(Dropout(1.5), "Dropout: p 1.5: must be from 0 to 1", ValueError);
  CHECK_THROWS_WITH_AS(Dropout(-0.1), "Dropout: p -0.1: must be from 0 to 1", ValueError);
  CHECK_THROWS_AS(Dropout(std::nan("")), ValueError);
}

TEST_CASE("mlp: shape and parts") {
  const auto net = mlp({});
  CHECK(net->parameter_count() == 167818);  // 784 – 5 × 128 – 10
  CHECK((*net)(Variable(Tensor::zeros({3, 1, 28, 28}))).shape() == Shape{3, 10});
  CHECK(mlp({.inputs = 4,
                .depth = 2,
                .width = 3,
                .classes = 2,
                .activation = "elu:0.5",
                .dropout = 0.1})
            ->describe() ==
        "Sequential(Flatten(), Linear(4, 3), ELU(0.5), Dropout(0.1), Linear(3, 3), ELU(0.5), "
        "Dropout(0.1), Linear(3, 2))");
  CHECK(mlp({.inputs = 4, .depth = 0, .classes = 2})->describe() ==
        "Sequential(Flatten(), Linear(4, 2))");
}

TEST_CASE("mlp: value of PyTorch's keys") {
  std::vector<std::string> keys;
  for (const auto& [name, tensor] :
      mlp({.inputs = 6, .depth = 2, .width = 5, .classes = 3})->state_dict())
    keys.push_back(name);
  CHECK(keys ==
        std::vector<std::string>{"1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"});
}

TEST_CASE("mlp: error texts") {
  CHECK_THROWS_WITH_AS(mlp({.inputs = 0}), "mlp: inputs 0: must be at least 1", ValueError);
  CHECK_THROWS_WITH_AS(mlp({.depth = -1}), "mlp: depth -1: must be at least 0", ValueError);
  CHECK_THROWS_WITH_AS(mlp({.width = 0}), "mlp: width 0: must be at least 1", ValueError);
  CHECK_THROWS_WITH_AS(mlp({.classes = 0}), "mlp: classes 0: must be at least 1", ValueError);
  CHECK_THROWS_WITH_AS(
      mlp({.activation = "rellu"}), "rellu: no such activation, did you mean relu?", ValueError);
  CHECK_THROWS_WITH_AS(mlp({.dropout = 2}), "Dropout: p 2: must be from 0 to 1", ValueError);
}

TEST_CASE("mlp: value: same seeds, same bits, dropout included") {
  const auto run = [](Seed seed) {
    const auto net =
        mlp({.inputs = 8, .depth = 2, .width = 16, .classes = 3, .dropout = 0.2}, seed);
    initialize(*net, Initializer::parse("glorot_normal"), seed);
    return (*net)(Variable(Tensor::ones({4, 8})));
  };
  CHECK(equal(run(Seed{1}), run(Seed{1})));
  CHECK(!equal(run(Seed{1}), run(Seed{2})));
}
