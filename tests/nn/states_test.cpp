// Every state of every unit against a recount in float64 from weights and inputs, with the formulas
// of nn/README.md written out once more.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "lively/autograd/ops.h"
#include "lively/nn/conv.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/starved.h"
#include "lively/nn/mlp.h"
#include "lively/nn/norm.h"
#include "lively/nn/rectifier.h"
#include "tests/nn/recount.h"
#include "tests/nn/recount_float64.h"

using namespace lively;
using namespace lively::testing;

namespace {

void check_states(Module& model, const Plain& plain, const Tensor& x) {
  for (const int64_t rows : {x.size(0), int64_t{13}}) {
    CAPTURE(rows);
    const Census census = take_census(model, in_batches(x, rows));
    REQUIRE(census.layers.size() == plain.layers.size());
    for (std::size_t i = 0; i < census.layers.size(); ++i) {
      const LayerPulse& l = census.layers[i];
      const std::vector<double> scores = l.dormancy();
      int64_t dormant = 0, linear = 0, dead = 0, pinned = 0, numerically = 0, saturated = 0,
              borderline = 0;
      for (int64_t u = 0; u < l.units(); ++u) {
        const auto at = static_cast<std::size_t>(u);
        CAPTURE(l.name);
        CAPTURE(u);
        const State s = state_of(plain, i, at);
        REQUIRE_FALSE(s.doubtful);  // else the test data are badly chosen
        CHECK(l.is_silent(u) == s.silent);
        CHECK(l.is_dead(u) == s.dead);
        CHECK(l.is_pinned(u) == s.pinned);
        CHECK(l.is_numerically_pinned(u) == s.numerically_pinned);
        CHECK(l.is_linear(u) == s.linear);
        CHECK(l.is_saturated(u) == s.saturated);
        CHECK(l.is_borderline(u) == s.borderline);
        CHECK((scores[at] <= LayerPulse::kDormant) == s.dormant);
        CHECK(l.rate(u) == s.rate);
        CHECK(l.values.last_fired[at] == s.last_fired);
        CHECK(l.values.max_z[at] == doctest::Approx(s.max_z).epsilon(1e-4));
        double there = -INFINITY;
        for (int64_t p = 0; p < plain.layers[i].x.z.positions; ++p)
          there = std::max(there, plain.layers[i].x.z.at(l.values.argmax_sample[at], u, p));
        CHECK(there == doctest::Approx(s.max_z).epsilon(1e-4));
        dormant += s.dormant, linear += s.linear, dead += s.dead, pinned += s.pinned;
        numerically += s.numerically_pinned, saturated += s.saturated, borderline += s.borderline;
      }
      CHECK(l.dormant() == dormant);
      CHECK(l.linear() == linear);
      CHECK(l.dead() == dead);
      CHECK(l.pinned() == pinned);
      CHECK(l.numerically_pinned() == numerically);
      CHECK(l.saturated() == saturated);
      CHECK(l.borderline() == borderline);
    }
  }
}

}  // namespace

TEST_CASE("states: plain MLPs of every activation, by a recount in float64") {
  Tally seen;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (const char* activation : {"relu", "leaky_relu", "selu", "elu", "sigmoid", "tanh"}) {
      CAPTURE(seed);
      CAPTURE(activation);
      const auto net =
          mlp({.inputs = 6, .depth = 3, .width = 16, .classes = 3, .activation = activation});
      initialize(*net, Initializer::parse("he_normal"), Seed{seed},
          Initializer::parse("random_uniform:-3,1"));
      spread_units(*net, seed);
      const Tensor x = points({60, 6}, seed);
      const Plain plain = recount_mlp(*net, x, activation, Form::plain);
      check_states(*net, plain, x);
      seen.add(plain);
    }
  }
  // The nets were chosen so that every state occurs.
  CHECK(seen.dead > 20);
  CHECK(seen.pinned > 20);
  CHECK(seen.numerically_pinned > 5);
  CHECK(seen.linear > 20);
  CHECK(seen.dormant > 20);
  CHECK(seen.saturated > 5);
}

TEST_CASE("states: normalised and residual MLPs, by a recount in float64") {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const Form form :
        {Form::norm, Form::norm_after, Form::residual_pre, Form::residual_post}) {
      MlpShape shape{.inputs = 6, .depth = 3, .width = 16, .classes = 3};
      if (form == Form::norm) shape.norm = Norm::batch;
      if (form == Form::norm_after) shape.norm = Norm::batch_after;
      if (form == Form::residual_pre) shape.residual = ResidualForm::parse("add:pre");
      if (form == Form::residual_post) shape.residual = ResidualForm::parse("add:post");
      const auto net = mlp(shape);
      initialize(*net, Initializer::parse("he_normal"), Seed{seed},
          Initializer::parse("random_uniform:-3,1"));
      spread_units(*net, seed);
      const Tensor x = points({60, 6}, seed);
      check_states(*net, recount_mlp(*net, x, "relu", form), x);
    }
  }
}

// Convolutions with strides and a bias, a normalisation, and one ReLU module that serves twice, the
// second time for features; then the functional form.
struct SmallNet final : Module {
  SmallNet() {
    register_module("conv", conv);
    register_module("norm", norm);
    register_module("second", second);
    register_module("hidden", hidden);
    register_module("out", out);
    register_module("act", act);
  }
  Variable forward(const Variable& x) override {
    const Variable a = act(conv(x)), b = relu(norm(second(a)));
    return out(act(hidden(flatten(b))));
  }
  std::string describe() const override { return "SmallNet"; }
  Conv2d conv{1, 5, 3, {.stride = 2, .padding = 1}}, second{5, 6, 3, {.padding = 1}};
  BatchNorm2d norm{6};
  Linear hidden{96, 16}, out{16, 3};
  ReLU act;
};

TEST_CASE("states: a small convolutional net with a shared and a functional relu") {
  Tally seen;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    SmallNet net;
    initialize(net, Initializer::parse("he_normal"), Seed{seed},
        Initializer::parse("random_uniform:-1,0.3"));
    Stream stream(Seed{seed}, "moments", 0);
    fill_normal(net.norm.running.mean, stream, 0, 0.5);
    fill_normal(net.norm.bias.mutable_data(), stream, -1.5, 2);
    const Tensor x = points({20, 1, 8, 8}, seed);
    Plain plain;
    const auto add = [&](const Sums64& p) {
      plain.layers.push_back({"relu", p});
      return activate64("relu", p);
    };
    const Grid a = add(conv64(net, "conv.", grid_of(x), 8, 2, 1));
    Grid b = add(norm64(net, "norm.", conv64(net, "second.", a, 4, 1, 1)));
    b.units *= b.positions;
    b.positions = 1;
    (void)add(linear64(net, "hidden.", b));
    check_states(net, plain, x);
    seen.add(plain);
    const Census census = take_census(net, in_batches(x, 7));
    CHECK(census.layers[0].name == "act");
    CHECK(census.layers[1].name.empty());  // of the module that called it
    CHECK(census.layers[2].name == "act#2");
  }
  CHECK(seen.dead > 5);
  CHECK(seen.linear > 5);
  CHECK(seen.dormant > 5);
}

TEST_CASE("states: borderline is silence within rounding of firing, and no more") {
  Sequential net;
  auto& layer = net.add<Linear>(300, 16);
  net.add<ReLU>();
  const Tensor x = points({30, 300}, 5);
  const Plain bare = [&] {
    Plain p;
    p.layers.push_back({"relu", linear64(net, "0.", grid_of(x))});
    return p;
  }();
  // Biases that put the largest pre-activation so many bounds below 0.
  const double ku = 300 * std::ldexp(1.0, -24), gamma = ku / (1 - ku);
  for (int64_t u = 0; u < 16; ++u) {
    const double top = state_of(bare, 0, static_cast<std::size_t>(u)).max_z;
    int64_t n = 0;
    while (bare.layers[0].x.z.at(n, u) != top) ++n;
    const double bound = gamma * (bare.layers[0].x.magnitude.at(n, u) + top);
    layer.bias.mutable_data().mutable_values<float>()[static_cast<std::size_t>(u)] =
        static_cast<float>(-top - bound * (u % 2 ? 1.03 : 0.97));
  }
  const LayerPulse l = take_census(net, in_batches(x, 11)).layers[0];
  for (int64_t u = 0; u < 16; ++u) {
    CHECK(l.is_dead(u));
    CHECK(l.is_borderline(u) == (u % 2 == 0));
  }
  layer.weight.mutable_data().fill(0);  // exactly 0 in any order of summation
  layer.bias.mutable_data().fill(0);
  CHECK(take_census(net, in_batches(x, 11)).layers[0].borderline() == 0);
}

namespace {

// Moves the bias of each unit so that its largest pre-activation lies about a bound below 0, and
// checks which are borderline then.
void check_borderline(Module& model, Tensor& bias, const Tensor& x, std::size_t layer,
    const std::function<Plain()>& recount) {
  const Plain before = recount();
  const Sums64& p = before.layers[layer].x;
  const double ku = static_cast<double>(p.terms) * std::ldexp(1.0, -24);
  for (int64_t u = 0; u < p.z.units; ++u) {
    double top = -INFINITY, magnitude = 0;
    for (int64_t n = 0; n < p.z.samples; ++n)
      for (int64_t i = 0; i < p.z.positions; ++i)
        if (p.z.at(n, u, i) > top) top = p.z.at(n, u, i), magnitude = p.magnitude.at(n, u, i);
    float& b = bias.mutable_values<float>()[static_cast<std::size_t>(u)];
    const double size =
        magnitude - std::abs(static_cast<double>(b)) + std::abs(static_cast<double>(b) - top);
    b = static_cast<float>(
        static_cast<double>(b) - top - ku / (1 - ku) * size * (u % 2 ? 1.15 : 0.85));
  }
  const Plain after = recount();
  const LayerPulse l = take_census(model, in_batches(x, 11)).layers[layer];
  for (int64_t u = 0; u < p.z.units; ++u) {
    CAPTURE(u);
    REQUIRE(state_of(after, layer, static_cast<std::size_t>(u)).borderline == (u % 2 == 0));
    CHECK(l.is_dead(u));
    CHECK(l.is_borderline(u) == (u % 2 == 0));
  }
}

}  // namespace

TEST_CASE("states: borderline behind a normalisation, a convolution and a residual sum") {
  const auto parameter_of = [](Module& model, const std::string& name) {
    for (auto& [known, p] : model.named_parameters())
      if (known == name) return p;
    return Variable();
  };
  const Tensor x = points({30, 300}, 5);
  for (const Form form : {Form::norm, Form::residual_post}) {
    MlpShape shape{.inputs = 300, .depth = 3, .width = 100, .classes = 3};
    if (form == Form::norm) shape.norm = Norm::batch;
    if (form == Form::residual_post) shape.residual = ResidualForm::parse("add:post");
    const auto net = mlp(shape);
    if (form == Form::norm) {
      Stream stream(Seed{6}, "scales", 0);
      fill_uniform(parameter_of(*net, "2.weight").mutable_data(), stream, 2, 5);
      for (auto& [name, buffer] : net->named_buffers())
        if (name == "2.running_var" || name == "2.running_mean")
          fill_uniform(buffer, stream, 0.2, 3);
    }
    Variable bias = parameter_of(*net, form == Form::norm ? "2.bias" : "3.inner.bias");
    check_borderline(*net, bias.mutable_data(), x, form == Form::norm ? 0 : 1,
        [&] { return recount_mlp(*net, x, "relu", form); });
  }
  SmallNet net;
  const Tensor pictures = points({20, 1, 8, 8}, 2);
  check_borderline(net, net.norm.bias.mutable_data(), pictures, 1, [&] {
    Plain plain;
    plain.layers.push_back({"relu", conv64(net, "conv.", grid_of(pictures), 8, 2, 1)});
    plain.layers.push_back(
        {"relu", norm64(net, "norm.",
                     conv64(net, "second.", activate64("relu", plain.layers[0].x), 4, 1, 1))});
    return plain;
  });
}

TEST_CASE("states: starved is no gradient from above on any sample") {
  const auto net = mlp({.inputs = 6, .depth = 3, .width = 8, .classes = 3});
  initialize(*net, Initializer::parse("he_normal"), Seed{2}, Initializer::parse("constant:0.1"));
  auto parameters = net->named_parameters();
  Tensor second = parameters[2].value.data(), third = parameters[4].value.data(),
         out = parameters[6].value.data();
  out.select(1, 4).fill(0);     // nothing reads unit 4 of the last layer
  second.select(1, 2).fill(0);  // nor unit 2 of the first,
  parameters[3].value.mutable_data().fill(0.1);
  second.select(0, 5).fill(0);  // and unit 5 of the second is dead:
  parameters[3].value.mutable_data().mutable_data<float>()[5] = -1;
  third.select(0, 1).fill(0);
  const Tensor x = points({50, 6}), given = Tensor::ones(parameters[0].value.shape());
  Variable first = parameters[0].value;
  first.set_grad(given);
  const auto starve = [&] {
    Census census = take_census(*net, in_batches(x, 9));
    int64_t at = 0;
    find_starved(
        *net, in_batches(x, 9),
        [&](const Variable& y) {
          std::vector<int64_t> labels;
          for (int64_t n = 0; n < y.size(0); ++n) labels.push_back(at++ % 3);
          return softmax_cross_entropy(y, Tensor::of(labels, {y.size(0)}));
        },
        census);
    return census;
  };
  Census census = starve();
  const auto starved = [&](std::size_t layer) {
    std::vector<int64_t> units;
    for (std::size_t u = 0; u < 8; ++u)
      if (census.layers[layer].starved[u]) units.push_back(static_cast<int64_t>(u));
    return units;
  };
  CHECK(starved(0) == std::vector<int64_t>{2});
  CHECK(starved(1).empty());
  CHECK(starved(2) == std::vector<int64_t>{4});
  CHECK(first.grad().bytes() == given.bytes());
  CHECK_FALSE(parameters[1].value.grad().defined());
  CHECK(net->is_training());
  parameters[5].value.mutable_data().fill(
      -1e4);  // the third layer dead: all below get nothing, its own units do
  census = starve();
  CHECK(starved(0).size() == 8);
  CHECK(starved(1).size() == 8);
  CHECK(starved(2) == std::vector<int64_t>{4});
}

TEST_CASE("states: the look for the starved ends when all are fed that no cut hides") {
  for (const bool cut : {false, true}) {
    const auto net = mlp({.inputs = 6, .depth = 3, .width = 8, .classes = 3});
    initialize(*net, Initializer::parse("he_normal"), Seed{2}, Initializer::parse("constant:0.5"));
    if (cut) net->named_parameters()[3].value.mutable_data().fill(-1e4);
    const Tensor x = points({60, 6});
    Census census = take_census(*net, in_batches(x, 20));
    int batches = 0;
    find_starved(
        *net, in_batches(x, 20),
        [&](const Variable& y) {
          ++batches;
          return softmax_cross_entropy(y, Tensor::zeros({20}, Dtype::int64));
        },
        census);
    CHECK(batches == 1);
    CHECK(std::count(census.layers[0].starved.begin(), census.layers[0].starved.end(), true) ==
          (cut ? 8 : 0));
  }
}
