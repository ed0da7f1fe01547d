#include "lively/nn/liveness/surgery.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "lively/autograd/ops.h"
#include "lively/nn/conv.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"
#include "lively/optim/optimizer.h"
#include "tests/bits.h"
#include "tests/nn/recount.h"

using namespace lively;
using namespace lively::testing;

namespace {

// Mixes units and does not say so.
struct Shares final : Module {
  Variable forward(const Variable& x) override { return softmax(x, 1); }
  std::string describe() const override { return "Shares"; }
};

using Units = std::vector<std::vector<int64_t>>;

constexpr int64_t kSamples = 240, kBatch = 80;

Tensor normal_noise(const Shape& shape, uint64_t index = 0) {
  Tensor x = Tensor::empty(shape);
  Stream stream(Seed{3}, "inputs", index);
  fill_normal(x, stream, 0, 1);
  return x;
}

VisitInputs visit(const Tensor& x) {
  return [x](const std::function<void(const Tensor&)>& see) {
    for (int64_t i = 0; i < x.size(0); i += kBatch) see(x.slice(0, i, i + kBatch));
  };
}

Tensor outputs(Module& model, const Tensor& x) {
  const NoGrad no_grad;
  model.eval();
  std::vector<float> all;
  visit(x)([&](const Tensor& batch) {
    const Tensor y = model(Variable(batch)).data().contiguous();
    for (const float v : y.values<float>()) all.push_back(v);
  });
  return Tensor::of(all, {static_cast<int64_t>(all.size())});
}

Variable parameter_of(Module& model, const std::string& name) {
  for (auto& [known, p] : model.named_parameters())
    if (known == name) return p;
  FAIL(name << " is no parameter");
  return {};
}

void kill(Module& model, const std::string& bias, std::initializer_list<int64_t> units) {
  Variable p = parameter_of(model, bias);
  for (const int64_t u : units) p.mutable_data().select(0, u).fill(-1e4);
}

Census census_of(Module& model, const Tensor& x) {
  return take_census(model, in_batches(x, kBatch));
}

std::vector<Tensor> values(Module& model) {
  std::vector<Tensor> all;
  for (const auto& [name, t] : model.state_dict()) all.push_back(t.clone());
  return all;
}

bool unchanged(Module& model, const std::vector<Tensor>& before) {
  const std::vector<Tensor> now = values(model);
  return std::ranges::equal(now, before, same_bits);
}

// Draws the dead units of a model anew and checks that its outputs stay, to the bit, and that each
// fires on its share.
std::vector<Operated> check_kept(Module& model, const Tensor& x, const Redraw& how = {}) {
  const Tensor before = outputs(model, x);
  const Census was = census_of(model, x);
  const Units dead = dead_units(was);
  const std::vector<Operated> done = redraw_units(model, was, dead, visit(x), how, Seed{1});
  CHECK(same_bits(outputs(model, x), before));
  const Census is = census_of(model, x);
  for (std::size_t i = 0; i < done.size(); ++i) {
    CAPTURE(done[i].layer);
    CHECK(done[i].layer == was.layers[i].name);
    for (const int64_t u : done[i].units)
      if (how.fires) CHECK(is.layers[i].rate(u) == doctest::Approx(*how.fires).epsilon(0.03));
  }
  return done;
}

std::unique_ptr<Sequential> convolutional() {
  auto net = std::make_unique<Sequential>();
  net->add<Conv2d>(1, 6, 3, ConvOptions{.padding = 1});
  net->add<ReLU>();
  net->add<Conv2d>(6, 4, 3, ConvOptions{.stride = 2});
  net->add<ReLU>();
  net->add<Flatten>();
  net->add<Linear>(4 * 3 * 3, 12);
  net->add<ReLU>();
  net->add<Linear>(12, 3);
  initialize(*net, Initializer::parse("he_uniform"), Seed{5});
  return net;
}

}  // namespace

TEST_CASE("surgery: of an MLP leaves its outputs to the bit, and new units fire on their share") {
  const Tensor x = normal_noise({kSamples, 10});
  for (const double share : {0.1, 0.5, 0.8}) {
    const auto net = mlp({.inputs = 10, .depth = 3, .width = 16, .classes = 4});
    initialize(*net, Initializer::parse("he_uniform"), Seed{2});
    kill(*net, "1.bias", {0, 3, 7});
    kill(*net, "3.bias", {1, 15});
    kill(*net, "5.bias", {4});
    const auto done = check_kept(*net, x, {.fires = share});
    REQUIRE(done.size() == 3);
    CHECK(done[0].units == std::vector<int64_t>{0, 3, 7});
    CHECK(std::ranges::count(done[2].units, 4) == 1);
    CHECK(parameter_of(*net, "3.weight").data().at({0, 3}) == 0);
    CHECK(parameter_of(*net, "3.weight").data().at({1, 3}) != 0);  // from a new unit to a new one
    CHECK(parameter_of(*net, "1.weight").data().at({3, 0}) != 0);
  }
}

TEST_CASE("surgery: layers that are dead on top of each other pass a signal and a gradient again") {
  const Tensor x = normal_noise({kSamples, 10});
  const auto net = mlp({.inputs = 10, .depth = 3, .width = 8, .classes = 4});
  initialize(*net, Initializer::parse("he_uniform"), Seed{2});
  for (const char* bias : {"1.bias", "3.bias"}) kill(*net, bias, {0, 1, 2, 3, 4, 5, 6, 7});
  const auto done = check_kept(*net, x);
  CHECK(done[0].units.size() == 8);
  CHECK(done[1].units.size() == 8);
  net->train();
  const Tensor labels = Tensor::of(std::vector<int64_t>(kSamples, 1), {kSamples});
  SGD sgd(net->parameters(), 0.1);
  for (int step = 0; step < 3; ++step) {
    sgd.zero_grad();
    softmax_cross_entropy((*net)(Variable(x)), labels).backward();
    sgd.step();
  }
  const Tensor g = parameter_of(*net, "1.weight").grad().contiguous();
  CHECK(std::ranges::any_of(g.values<float>(), [](float v) { return v != 0; }));
}

TEST_CASE("surgery: of an MLP with batch norm, by the norm's shift and the moments it tracks") {
  const Tensor x = normal_noise({kSamples, 10});
  const auto net = mlp({.inputs = 10, .depth = 3, .width = 12, .classes = 4, .norm = Norm::batch});
  initialize(*net, Initializer::parse("he_uniform"), Seed{2});
  for (int i = 0; i < 20; ++i) (void)(*net)(Variable(x));  // running moments
  kill(*net, "2.bias", {0, 5});
  kill(*net, "5.bias", {2});
  const auto done = check_kept(*net, x, {.fires = 0.3});
  CHECK(done[0].units == std::vector<int64_t>{0, 5});
  CHECK(done[1].units == std::vector<int64_t>{2});
  CHECK(parameter_of(*net, "2.weight").data().at({5}) == 1);
  // In training mode too, where the batch's own moments take their place.
  net->train();
  const Census training = take_census(*net, in_batches(x, kSamples), {}, CensusMode::training);
  CHECK(training.layers[0].rate(5) == doctest::Approx(0.3).epsilon(0.05));
}

TEST_CASE("surgery: of convolutional networks, whose channels feed places of a picture") {
  const auto net = convolutional();
  const Tensor x = normal_noise({kSamples, 1, 8, 8});
  kill(*net, "0.bias", {2, 4});
  kill(*net, "2.bias", {3});
  kill(*net, "5.bias", {0, 11});
  const auto done = check_kept(*net, x, {.fires = 0.6});
  CHECK(done[0].units == std::vector<int64_t>{2, 4});
  CHECK(done[1].units == std::vector<int64_t>{3});
  CHECK(done[2].units == std::vector<int64_t>{0, 11});
  const Tensor into = parameter_of(*net, "5.weight").data();
  for (int64_t place = 0; place < 9; ++place) CHECK(into.at({1, 27 + place}) == 0);
  CHECK(into.at({1, 26}) != 0);

  const auto plain = resnet({.depth = 8, .width = 4, .classes = 3, .shortcut = Shortcut::none});
  initialize(*plain, Initializer::parse("he_uniform"), Seed{4});
  for (const char* bias : {"bn1.bias", "layer1.0.bn1.bias", "layer3.0.bn2.bias"})
    kill(*plain, bias, {1});
  for (const Operated& o : check_kept(*plain, x)) CHECK(o.refused.empty());
}

TEST_CASE("surgery: is refused where a unit's life hangs on other weights, which are named") {
  const Tensor x = normal_noise({kSamples, 10});
  for (const char* form : {"add", "add:pre", "subtract"}) {
    CAPTURE(form);
    const auto net = mlp({.inputs = 10,
        .depth = 3,
        .width = 8,
        .classes = 4,
        .residual = ResidualForm::parse(form)});
    const std::vector<Tensor> before = values(*net);
    const auto done =
        redraw_units(*net, census_of(*net, x), {{1}, {2}, {3}}, visit(x), {}, Seed{1});
    CHECK(unchanged(*net, before));
    for (const Operated& o : done) {
      CHECK(o.units.empty());
      CHECK(o.refused.find("a shortcut ") != std::string::npos);
    }
    CHECK(done[0].refused == "a shortcut of 3 carries what its units give past 3.inner");
    const auto all = redraw_units(
        *net, census_of(*net, x), {{1}, {2}, {3}}, visit(x), {.keeps_function = false}, Seed{1});
    for (const Operated& o : all) CHECK(o.refused.empty());
    const Census after = census_of(*net, x);
    CHECK(after.layers[1].rate(2) == doctest::Approx(0.5).epsilon(0.03));
  }
  const auto after =
      mlp({.inputs = 10, .depth = 2, .width = 8, .classes = 4, .norm = Norm::batch_after});
  CHECK(redraw_units(*after, census_of(*after, x), {{1}, {}}, visit(x), {}, Seed{1})[0].refused ==
        "what its units give goes through the norm 3");
}

TEST_CASE("surgery: of a ResNet is possible inside a block, and refused at its ends") {
  const Tensor x = normal_noise({kSamples, 1, 8, 8});
  for (const Shortcut shortcut : {Shortcut::a, Shortcut::b}) {
    const auto net = resnet({.depth = 8, .width = 4, .classes = 3, .shortcut = shortcut});
    initialize(*net, Initializer::parse("he_uniform"), Seed{4});
    for (const char* bias : {"bn1.bias", "layer1.0.bn1.bias", "layer2.0.bn1.bias"})
      kill(*net, bias, {1});
    const auto done = check_kept(*net, x);
    REQUIRE(done.size() == 7);
    CHECK(done[0].refused ==
          "a shortcut of layer1.0 carries what its units give past layer1.0.conv1");
    CHECK(done[1].units == std::vector<int64_t>{1});
    CHECK(done[3].units == std::vector<int64_t>{1});
    const auto ends = redraw_units(
        *net, census_of(*net, x), {{}, {}, {0}, {}, {}, {}, {}}, visit(x), {}, Seed{1});
    CHECK(ends[2].refused ==
          "a shortcut is added before its rectifier, so its units hang on other weights too");
  }
}

TEST_CASE("surgery: none before what mixes units") {
  Sequential net;
  net.add<Linear>(10, 8);
  net.add<ReLU>();
  net.add<LayerNorm>(Shape{8});
  net.add<Linear>(8, 3);
  kill(net, "0.bias", {2});
  const Tensor x = normal_noise({kSamples, 10});
  const auto done = redraw_units(net, census_of(net, x), {{2}}, visit(x), {}, Seed{1});
  CHECK(done[0].refused == "what its units give is mixed by 2");
}

TEST_CASE("surgery: all is put back where the output changed in a way that no module states") {
  const Tensor x = normal_noise({kSamples, 10});
  Sequential net;
  net.add<Linear>(10, 8);
  net.add<ReLU>();
  net.add<Shares>();  // moves with each of its inputs
  net.add<Linear>(8, 3);
  kill(net, "0.bias", {2});
  const std::vector<Tensor> before = values(net);
  int told = 0;
  const auto done = redraw_units(net, census_of(net, x), {{2}}, visit(x), {}, Seed{1}, 0,
      [&](const Variable&, int, int64_t, int64_t) { ++told; });
  CHECK(done[0].units.empty());
  CHECK(done[0].refused == "more than 3 takes what its units give");
  CHECK(unchanged(net, before));
  CHECK(told == 0);
}

TEST_CASE("surgery: ReDo as published is one setting; turns draw other numbers, seeds too") {
  const Tensor x = normal_noise({kSamples, 10});
  const auto drawn = [&](Seed seed, uint64_t turn) {
    const auto net = mlp({.inputs = 10, .depth = 2, .width = 8, .classes = 4});
    kill(*net, "1.bias", {2});
    const Census census = census_of(*net, x);
    const auto done = redraw_units(*net, census, dormant_units(census), visit(x),
        {.weights = Initializer::parse("glorot_uniform"), .fires = {}}, seed, turn);
    CHECK(done[0].units == std::vector<int64_t>{2});
    CHECK(parameter_of(*net, "1.bias").data().at({2}) == 0);
    for (int64_t k = 0; k < 8; ++k) {
      const bool is_new = std::ranges::count(done[1].units, k) > 0;
      CHECK((parameter_of(*net, "3.weight").data().at({k, 2}) == 0) == !is_new);
    }
    return parameter_of(*net, "1.weight").data().clone();
  };
  const Tensor first = drawn(Seed{1}, 0);
  CHECK(same_bits(first, drawn(Seed{1}, 0)));
  CHECK_FALSE(same_bits(first, drawn(Seed{1}, 1)));
  CHECK_FALSE(same_bits(first, drawn(Seed{2}, 0)));
  CHECK(dormant_units(census_of(*mlp({.inputs = 10, .depth = 1, .width = 4, .classes = 2}), x),
            1e9) == Units{{0, 1, 2, 3}});
}

TEST_CASE("surgery: error, layers, units and shares that are none") {
  const Tensor x = normal_noise({kSamples, 10});
  const auto net = mlp({.inputs = 10, .depth = 1, .width = 4, .classes = 2});
  const Census census = census_of(*net, x);
  const auto operate = [&](const Units& units, Redraw how) {
    (void)redraw_units(*net, census, units, visit(x), how, Seed{1});
  };
  CHECK_THROWS_WITH_AS(
      operate({{1}, {2}}, {}), "redraw_units: units of 2 layers; the census has 1", ValueError);
  CHECK_THROWS_WITH_AS(
      operate({{4}}, {}), "redraw_units: layer 2: unit 4: there are 4", ValueError);
  CHECK_THROWS_WITH_AS(
      operate({{1}}, {.fires = 1.0}), "redraw_units: share 1: must be between 0 and 1", ValueError);
}

TEST_CASE("surgery: an optimizer forgets what was rewritten, and nothing else by a bit") {
  const auto net = mlp({.inputs = 10, .depth = 2, .width = 8, .classes = 4});
  const Tensor x = normal_noise({kSamples, 10});
  const Tensor labels = Tensor::of(std::vector<int64_t>(kSamples, 1), {kSamples});
  Adam adam(net->parameters(), 0.01);
  for (int step = 0; step < 5; ++step) {
    adam.zero_grad();
    softmax_cross_entropy((*net)(Variable(x)), labels).backward();
    adam.step();
  }
  std::vector<std::vector<Tensor>> before;
  for (std::size_t i = 0; i < adam.parameter_count(); ++i)
    for (auto& own = before.emplace_back(); const auto& [name, t] : adam.state(i))
      own.push_back(t.clone());
  (void)redraw_units(*net, census_of(*net, x), {{3}, {}}, visit(x), {}, Seed{1}, 0,
      [&](const Variable& p, int axis, int64_t first, int64_t count) {
        adam.renew(adam.index_of(p), axis, first, count);
      });
  const auto renewed = [](std::size_t parameter, int64_t row, int64_t column) {
    return (parameter <= 1 && row == 3) || (parameter == 2 && column == 3);
  };
  for (std::size_t i = 0; i < adam.parameter_count(); ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      const Tensor is = adam.state(i)[k].value, &was = before[i][k];
      const int64_t columns = is.rank() == 2 ? is.size(1) : 1;
      for (int64_t r = 0; r < is.size(0); ++r)
        for (int64_t c = 0; c < columns; ++c) {
          const double a = is.rank() == 2 ? is.at({r, c}) : is.at({r}),
                       b = is.rank() == 2 ? was.at({r, c}) : was.at({r});
          CHECK(a == (renewed(i, r, c) ? 0 : b));
        }
    }
}
