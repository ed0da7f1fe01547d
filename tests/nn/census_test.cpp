#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/life.h"
#include "lively/nn/liveness/starved.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "tests/nn/recount.h"

using namespace lively;
using namespace lively::testing;

TEST_CASE("census: every value is that of a recount from the pre-activations") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (const char* activation : {"relu", "leaky_relu", "selu", "gelu", "prelu", "softplus"}) {
      CAPTURE(seed);
      CAPTURE(activation);
      const auto net =
          mlp({.inputs = 6, .depth = 3, .width = 20, .classes = 3, .activation = activation});
      initialize(
          *net, Initializer::parse("he_normal"), Seed{seed}, Initializer::parse("constant:-0.4"));
      check_census(*net, points({90, 6}, seed));
    }
  }
}

TEST_CASE("census: values of normalised, residual, wide and narrow layers") {
  for (const int64_t width : {3, 64, 100}) {
    for (const char* form : {"add:pre", "add:post", "subtract:post"}) {
      CAPTURE(width);
      CAPTURE(form);
      const auto net = mlp({.inputs = 5,
          .depth = 3,
          .width = width,
          .classes = 3,
          .norm = Norm::batch,
          .residual = ResidualForm::parse(form)});
      initialize(*net, Initializer::parse("he_normal"), Seed{2});
      for (auto& [name, p] : net->named_parameters())
        if (p.rank() == 1) p.mutable_data().fill(-0.3);
      check_census(*net, points({70, 5}, 9));
    }
  }
  for (const Shortcut shortcut : {Shortcut::a, Shortcut::b, Shortcut::none}) {
    const auto net =
        resnet({.depth = 8, .in_channels = 1, .width = 3, .classes = 4, .shortcut = shortcut});
    initialize(*net, Initializer::parse("he_normal"), Seed{3});
    for (auto& [name, p] : net->named_parameters())
      if (name.find("bn") != name.npos && name.ends_with("bias")) {
        Stream stream(Seed{5}, "bias", p.numel());
        fill_normal(p.mutable_data(), stream, -1.5, 1);
      }
    check_census(*net, points({24, 1, 8, 8}, 3));
  }
}

TEST_CASE("census: values of batches longer than the kernel's parts, and of sums that overflow") {
  for (const int64_t samples : {203, 320}) {
    for (const int64_t width : {3, 20, 64, 100}) {
      for (const Norm norm : {Norm::none, Norm::batch}) {
        CAPTURE(samples);
        CAPTURE(width);
        const auto net = mlp({.inputs = 5, .depth = 2, .width = width, .classes = 3, .norm = norm});
        initialize(
            *net, Initializer::parse("he_normal"), Seed{4}, Initializer::parse("constant:-1.5"));
        for (auto& [name, p] : net->named_parameters())
          if (norm == Norm::batch && p.rank() == 1) p.mutable_data().fill(-1);
        check_census(*net, points({samples, 5}, 8));
      }
    }
  }
  ReLU relu;
  Tensor x = points({150, 3});
  x.slice(0, 20, 100).fill(3e38);
  check_census(relu, x);
}

TEST_CASE("census: values leave poisoned samples out") {
  Sequential net;
  auto& layer = net.add<Linear>(2, 3);
  net.add<ReLU>();
  layer.weight.mutable_data().copy_from(Tensor::of<float>({1, 0, 0, 1, -1, -1}, {3, 2}));
  layer.bias.mutable_data().fill(0);
  const Tensor x = Tensor::of<float>({1, 2, NAN, 5, 3, -INFINITY, 2, 1}, {4, 2});
  check_census(net, x);
  const LayerPulse l = take_census(net, in_batches(x, 4)).layers[0];
  CHECK(l.values.max_z == std::vector<double>{2, 2, -3});
  CHECK(l.values.argmax_sample == std::vector<int64_t>{3, 0, 0});
  CHECK(l.values.last_fired == std::vector<int64_t>{3, 3, -1});
  CHECK(l.counts.poisoned == std::vector<int64_t>{2, 2, 2});
}

TEST_CASE(
    "life: a death lies between the last census that saw it fire and the first that did not") {
  Sequential net;
  auto& layer = net.add<Linear>(1, 1);
  net.add<ReLU>();
  layer.weight.mutable_data().fill(1);
  LifeHistory life;
  const Tensor x = Tensor::of<float>({0, 2, 1, 0}, {4, 1});
  const auto census_at = [&](int64_t step, float bias) {
    layer.bias.mutable_data().fill(bias);
    life.record(take_census(net, in_batches(x, 3)), step);
    return life.unit(0, 0);
  };
  CHECK(census_at(0, 1).seen_firing == 0);
  CHECK(life.unit(0, 0).rate == 1);
  CHECK(census_at(10, -1.5f).last_fired == 1);
  const UnitLife dead = census_at(20, -3);
  CHECK(dead.seen_firing == 10);
  CHECK(dead.dead_since == 20);
  CHECK(dead.last_fired == 1);
  CHECK(dead.deaths == 1);
  CHECK(life.layers()[0].died_lasting == 0);
  CHECK(census_at(30, -4).dead_since == 20);
  CHECK(life.layers()[0].died_lasting == 1);
  CHECK(census_at(40, -4).seen_firing == 10);
  CHECK(life.layers()[0].died_lasting == 1);
  const UnitLife back = census_at(50, -0.5f);
  CHECK(back.dead_since == -1);
  CHECK(back.revivals == 1);
  CHECK(back.last_fired == 2);
  CHECK(census_at(60, -3).dead_since == 60);  // flicker: neither lasts
  CHECK(life.layers()[0].revived_lasting == 0);
  (void)census_at(70, 0);
  CHECK(life.layers()[0].died_lasting == 1);
  (void)census_at(80, 0);
  CHECK(life.layers()[0].revived_lasting == 1);
  CHECK(life.layers()[0].died == 2);
  CHECK(life.layers()[0].revived == 2);
}

TEST_CASE("life: books that do not balance are an error") {
  Sequential net;
  auto& layer = net.add<Linear>(1, 2);
  net.add<ReLU>();
  layer.weight.mutable_data().fill(0);
  layer.bias.mutable_data().copy_from(Tensor::of<float>({-1, 1}));
  const Tensor x = points({5, 1});
  LifeHistory life;
  life.record(take_census(net, in_batches(x, 5)));
  LifeHistory::State forged = life.state();
  ++forged.layers[0].died;
  LifeHistory broken = LifeHistory::of(forged, life.before());
  CHECK_THROWS_WITH_AS(broken.record(take_census(net, in_batches(x, 5))),
      "life history: layer 1: born dead 1 + died 1 - revived 0 is not dead 1", StateError);
}

TEST_CASE("census: in training mode too it leaves moments and draws as they were") {
  const auto make = [] {
    return mlp(
        {.inputs = 6, .depth = 2, .width = 8, .classes = 3, .norm = Norm::batch, .dropout = 0.5},
        Seed{3});
  };
  const auto model = make(), twin = make();
  const Tensor x = points({20, 6});
  const Census census = take_census(*model, in_batches(x, 10), {}, CensusMode::training);
  CHECK(census.mode == CensusMode::training);
  CHECK(census.layers[0].counts.samples == 20);
  const StateDict a = model->state_dict(), b = twin->state_dict();
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(std::equal(
        a[i].value.bytes(), a[i].value.bytes() + a[i].value.numel() * 4, b[i].value.bytes()));
  const Variable y = (*model)(Variable(x)), z = (*twin)(Variable(x));
  CHECK(std::equal(y.data().bytes(), y.data().bytes() + 20 * 3 * 4, z.data().bytes()));
}

TEST_CASE(
    "census: neither a census nor a look for the starved moves a bit of the weights in training") {
  for (const char* activation : {"relu", "tanh", "selu"}) {
    std::vector<std::vector<float>> weights;
    for (const bool counting : {false, true}) {
      const auto model = mlp({.inputs = 6,
                                 .depth = 2,
                                 .width = 16,
                                 .classes = 3,
                                 .activation = activation,
                                 .norm = Norm::batch,
                                 .dropout = 0.2},
          Seed{1});
      const Tensor x = points({30, 6}), labels = Tensor::zeros({30}, Dtype::int64);
      for (int step = 0; step < 10; ++step) {
        model->zero_grad();
        softmax_cross_entropy((*model)(Variable(x)), labels).backward();
        if (counting) {
          Census census = take_census(*model, in_batches(x, 30));
          find_starved(
              *model, in_batches(x, 30),
              [&](const Variable& y) { return softmax_cross_entropy(y, labels); }, census);
        }
        for (Variable& p : model->parameters()) {
          const Tensor g = p.grad().contiguous();
          float* to = p.mutable_data().mutable_data<float>();
          for (int64_t i = 0; i < g.numel(); ++i) to[i] -= 0.1f * g.data<float>()[i];
        }
      }
      auto& all = weights.emplace_back();
      for (const auto& [name, t] : model->state_dict())
        if (t.dtype() == Dtype::float32)
          all.insert(all.end(), t.values<float>().begin(), t.values<float>().end());
    }
    CHECK(weights[0] == weights[1]);
  }
}
