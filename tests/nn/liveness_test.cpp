#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/shaping.h"

using namespace lively;

namespace {

NextInputs once(const Tensor& x) {
  return [x, done = false](Tensor& inputs) mutable {
    inputs = x;
    return !std::exchange(done, true);
  };
}

Tensor cloud(int64_t n, int64_t width, uint64_t index = 0) {
  Tensor t = Tensor::empty({n, width});
  Stream stream(Seed{4}, "points", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

// The dead units of each hidden layer of a relu MLP, recounted in float64 from its weights.
std::vector<std::set<int64_t>> recount(Module& model, const Tensor& x) {
  std::vector<std::set<int64_t>> dead;
  Tensor h = x.to(Dtype::float64);
  const auto state = model.state_dict();
  for (std::size_t i = 0; i + 2 < state.size(); i += 2) {
    const Tensor w = state[i].value, b = state[i + 1].value;
    Tensor next = Tensor::zeros({h.size(0), w.size(0)}, Dtype::float64);
    std::set<int64_t> layer;
    for (int64_t u = 0; u < w.size(0); ++u) {
      bool fires = false;
      for (int64_t n = 0; n < h.size(0); ++n) {
        double z = b.at({u});
        for (int64_t k = 0; k < w.size(1); ++k) z += w.at({u, k}) * h.at({n, k});
        fires |= z > 0;
        next.mutable_data<double>()[n * w.size(0) + u] = std::max(z, 0.0);
      }
      if (!fires) layer.insert(u);
    }
    dead.push_back(layer);
    h = next;
  }
  return dead;
}

}  // namespace

TEST_CASE("census: dead units are those of a recount in float64") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto model = mlp({.inputs = 6, .depth = 4, .width = 10, .classes = 3});
    initialize(
        *model, Initializer::parse("he_normal"), Seed{seed}, Initializer::parse("constant:-0.2"));
    const Tensor x = cloud(50, 6, seed);
    const Census census = take_census(*model, once(x));
    const auto want = recount(*model, x);
    REQUIRE(census.layers.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i)
      for (int64_t u = 0; u < 10; ++u) CHECK(census.layers[i].is_dead(u) == want[i].contains(u));
  }
}

TEST_CASE("census: changes no state, not even the mode or a random stream") {
  const auto model =
      mlp({.inputs = 6, .depth = 2, .width = 8, .classes = 3, .dropout = 0.5}, Seed{3});
  const auto twin =
      mlp({.inputs = 6, .depth = 2, .width = 8, .classes = 3, .dropout = 0.5}, Seed{3});
  const Tensor x = cloud(20, 6);
  const Variable before = (*model)(Variable(x));
  (void)(*twin)(Variable(x));
  (void)take_census(*model, once(x));
  CHECK(model->is_training());
  const Variable a = (*model)(Variable(x)), b = (*twin)(Variable(x));
  CHECK(std::equal(a.data().bytes(), a.data().bytes() + 20 * 3 * 4, b.data().bytes()));
  CHECK(grad_enabled());
}

TEST_CASE("census: a leaky unit is pinned and not dead; a poisoned one neither") {
  Sequential net;
  auto& layer = net.add<Linear>(1, 3);
  net.add<LeakyReLU>();
  layer.weight.mutable_data().fill(0);
  layer.bias.mutable_data().copy_from(Tensor::of<float>({-1, 1, NAN}));
  const Census c = take_census(net, once(cloud(5, 1)));
  CHECK(c.layers[0].dead() == 0);
  CHECK(c.layers[0].is_pinned(0));
  CHECK(c.layers[0].is_linear(1));
  CHECK(c.layers[0].is_poisoned(2));
  CHECK(std::isnan(c.output_deviation));
}

TEST_CASE("census: deviation of the outputs is the largest over outputs") {
  Sequential net;
  auto& layer = net.add<Linear>(1, 2, Bias::none);
  layer.weight.mutable_data().copy_from(Tensor::of<float>({1, -3}, {2, 1}));
  const Census c = take_census(net, once(Tensor::of<float>({0, 1, 2, 3}, {4, 1})));
  CHECK(c.output_deviation == doctest::Approx(3 * std::sqrt(1.25)));
}

TEST_CASE("pulse: a shared module is counted at each call") {
  ReLU shared;
  Pulse pulse;
  const std::string name = "act";
  for (int pass = 0; pass < 2; ++pass) {
    const Observe scope(pulse);
    const ModuleScope path(name);
    (void)shared(Variable(cloud(4, 3)));
    (void)shared(Variable(cloud(4, 5)));
  }
  REQUIRE(pulse.layers().size() == 2);
  CHECK(pulse.layers()[0].name == "act");
  CHECK(pulse.layers()[1].name == "act#2");
  CHECK(pulse.layers()[0].counts.samples == 8);
  pulse.reset();
  CHECK(pulse.layers()[1].counts.samples == 0);
  const Observe scope(pulse);
  CHECK_THROWS_WITH_AS(shared(Variable(cloud(4, 9))),
      "pulse: rectifier call 0 with 9 units: the model's forward changed its course", StateError);
}

TEST_CASE("pulse: weights are the same to the bit with and without") {
  const auto train = [](bool listening) {
    const auto model = mlp({.inputs = 6, .depth = 2, .width = 16, .classes = 3});
    Pulse pulse;
    const Tensor labels = Tensor::of<int64_t>({0, 1, 2, 0, 1, 2});
    for (int step = 0; step < 20; ++step) {
      std::optional<Observe> scope;
      if (listening) scope.emplace(pulse);
      model->zero_grad();
      softmax_cross_entropy((*model)(Variable(cloud(6, 6, 1))), labels).backward();
      for (Variable& p : model->parameters()) {
        Tensor step_of = p.grad().clone();
        for (float& v : step_of.mutable_values<float>()) v *= -0.1f;
        const Tensor old = p.data().clone();
        auto to = p.mutable_data().mutable_values<float>();
        for (std::size_t i = 0; i < to.size(); ++i)
          to[i] = old.values<float>()[i] + step_of.values<float>()[i];
      }
    }
    std::vector<float> all;
    for (const auto& [name, t] : model->state_dict())
      all.insert(all.end(), t.values<float>().begin(), t.values<float>().end());
    return all;
  };
  CHECK(train(true) == train(false));
}

TEST_CASE("life: born dead + deaths - revivals = dead, at each census") {
  Sequential net;
  auto& layer = net.add<Linear>(1, 3);
  net.add<ReLU>();
  layer.weight.mutable_data().fill(0);
  LifeHistory life;
  const auto census_with = [&](std::initializer_list<float> bias) {
    layer.bias.mutable_data().copy_from(Tensor::of<float>(bias));
    life.record(take_census(net, once(cloud(5, 1))));
    const LayerLife& l = life.layers()[0];
    CHECK(l.born_dead + l.died - l.revived == l.dead);
    return l;
  };
  CHECK(census_with({-1, 1, 1}).born_dead == 1);
  const LayerLife second = census_with({1, -1, -1});
  CHECK(second.dead == 2);
  CHECK(second.died == 2);
  CHECK(second.revived == 1);
  CHECK(second.lasting == 0);
  const LayerLife third = census_with({1, -1, 1});
  CHECK(third.lasting == 1);
  CHECK(third.revived == 2);
  Sequential other;
  other.add<Linear>(1, 2);
  other.add<ReLU>();
  CHECK_THROWS_WITH_AS(life.record(take_census(other, once(cloud(5, 1)))),
      "life history: layer 1 with 2 units: had 3", StateError);
}

namespace {

// Three relu units of constant z on each of these samples: NaN is poison.
Census census_of(std::initializer_list<std::array<float, 3>> samples) {
  Sequential net;
  auto& layer = net.add<Linear>(3, 3, Bias::none);
  net.add<ReLU>();
  layer.weight.mutable_data().copy_from(Tensor::of<float>({1, 0, 0, 0, 1, 0, 0, 0, 1}, {3, 3}));
  return take_census(net, [&, at = samples.begin()](Tensor& inputs) mutable {
    if (at == samples.end()) return false;
    inputs = Tensor::of<float>({(*at)[0], (*at)[1], (*at)[2]}, {1, 3});
    ++at;
    return true;
  });
}

}  // namespace

TEST_CASE("life: a poisoned unit keeps its state until it fires or is silent on all samples") {
  LifeHistory life;
  life.record(census_of({{-1, -1, 1}, {-1, -1, 1}}));
  CHECK(life.layers()[0].dead == 2);
  // A NaN at one input poisons all units of that sample, and the other sample fires none but the
  // second.
  life.record(census_of({{NAN, 0, 0}, {-1, 1, -1}}));
  CHECK(life.layers()[0].poisoned == 3);
  CHECK(life.layers()[0].dead == 1);  // the first; the third is not known to have died
  CHECK(life.layers()[0].revived == 1);
  CHECK(life.layers()[0].died == 0);
  CHECK(life.layers()[0].lasting == 0);
  REQUIRE(life.changes().size() == 1);
  CHECK(life.changes()[0].unit == 1);
  CHECK_FALSE(life.changes()[0].death);
  life.record(census_of({{NAN, 0, 0}}));
  CHECK(life.changes().empty());
  CHECK(life.layers()[0].dead == 1);
  CHECK(life.unit(0, 0).dead_since == 0);
  life.record(census_of({{-1, 1, -1}}));
  CHECK(life.layers()[0].dead == 2);
  CHECK(life.layers()[0].lasting == 1);
  CHECK(life.layers()[0].revived_lasting == 1);  // confirmed by the next census that could tell
  CHECK(life.layers()[0].died == 1);
  CHECK(life.unit(0, 2).seen_firing == 0);
}

TEST_CASE("life: a census of the same step takes the place of the one before") {
  LifeHistory life;
  life.record(census_of({{-1, 1, 1}}), 0);
  life.record(census_of({{-1, -1, -1}}), 10);
  CHECK(life.layers()[0].died == 2);
  // The same weights on more samples: the first two units do fire.
  life.record(census_of({{-1, -1, -1}, {1, 1, -1}}), 10);
  const LayerLife again = life.layers()[0];
  CHECK(life.censuses() == 2);
  CHECK(life.after() == 0);
  CHECK(again.dead == 1);
  CHECK(again.died == 1);
  CHECK(again.revived == 1);
  CHECK(again.lasting == 0);
  CHECK(again.died_lasting == 0);
  CHECK(life.unit(0, 1).seen_firing == 10);
  CHECK(life.unit(0, 1).deaths == 0);
  // To who heard of the first one, both are no longer dead.
  REQUIRE(life.changes().size() == 2);
  CHECK_FALSE(life.changes()[0].death);
  CHECK_FALSE(life.changes()[1].death);
  // A third on the same set says nothing new, and confirms nothing.
  life.record(census_of({{-1, -1, -1}, {1, 1, -1}}), 10);
  CHECK(life.changes().empty());
  CHECK(life.layers()[0].died_lasting == 0);
  life = LifeHistory::of(life.state(), life.before());
  life.record(census_of({{1, 1, -1}}), 20);
  CHECK(life.after() == 10);
  CHECK(life.layers()[0].died_lasting == 1);
  CHECK(life.layers()[0].revived_lasting == 1);
}

TEST_CASE("life: the first census again, and a census that does not fit") {
  LifeHistory life;
  life.record(census_of({{-1, -1, 1}}), 0);
  life.record(census_of({{-1, 1, -1}}), 0);
  CHECK(life.layers()[0].born_dead == 2);
  CHECK(life.layers()[0].died == 0);
  CHECK(life.unit(0, 2).born_dead);
  CHECK_FALSE(life.unit(0, 1).born_dead);
  CHECK(life.changes().size() == 2);
  Census other = census_of({{1, 1, 1}});
  other.layers.push_back(other.layers[0]);
  CHECK_THROWS_WITH_AS(life.record(other, 5),
      "life history: 2 layers in this census: needs the 1 of the first", StateError);
  CHECK(life.layers()[0].dead == 2);
  CHECK(life.censuses() == 1);
}
