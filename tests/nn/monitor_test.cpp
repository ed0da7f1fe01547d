#include "lively/nn/liveness/monitor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/resnet.h"
#include "lively/tensor/random.h"

using namespace lively;

namespace {

Tensor noise(const Shape& shape, uint64_t index) {
  Stream stream(Seed{7}, "noise", index);
  Tensor t = Tensor::empty(shape);
  for (float& v : t.mutable_values<float>()) v = static_cast<float>(stream.normal());
  return t;
}

// Feeds a monitor the activations of a network of ours, as a stranger's framework would.
class Teller final : public Pulse {
 public:
  explicit Teller(Monitor& monitor) : monitor_(monitor) {}
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite& site, const PreActivations&) override {
    const Tensor y = site.activations.contiguous();
    const int64_t rows = y.size(0), units = y.size(1);
    monitor_.feed(static_cast<std::size_t>(site.call), y.data<float>(), rows, units,
        y.numel() / (rows * units));
  }

 private:
  Monitor& monitor_;
};

void check_against_census(Module& net, const Shape& sample) {
  std::vector<Tensor> batches;
  for (uint64_t i = 0; i < 3; ++i) {
    Shape shape{static_cast<int64_t>(4 + i)};
    for (const int64_t size : sample) shape.push_back(size);
    batches.push_back(noise(shape, i));
  }
  std::size_t next = 0;
  const Census truth = take_census(net, [&](Tensor& x) {
    if (next == batches.size()) return false;
    x = batches[next++];
    return true;
  });
  Monitor monitor;
  for (const LayerPulse& l : truth.layers) monitor.add_layer(l.name, l.op);
  net.eval();
  for (const Tensor& x : batches) {
    Teller teller(monitor);
    const Observe scope(teller);
    (void)net(Variable(x));
  }
  monitor.census(0);
  REQUIRE(monitor.layers().size() == truth.layers.size());
  for (std::size_t i = 0; i < truth.layers.size(); ++i) {
    const LayerPulse &seen = monitor.layers()[i], &known = truth.layers[i];
    CAPTURE(known.name);
    CHECK(seen.counts.samples == known.counts.samples);
    CHECK(seen.counts.positions == known.counts.positions);
    CHECK(seen.counts.fired == known.counts.fired);
    CHECK(seen.counts.active == known.counts.active);
    CHECK(seen.counts.poisoned == known.counts.poisoned);
    CHECK(seen.dead() == known.dead());
    CHECK(seen.pinned() == known.pinned());
  }
  CHECK(monitor.life().dead() == truth.dead());
}

}  // namespace

TEST_CASE("monitor: value, counts what a census of the network counts") {
  for (const char* activation : {"relu", "leaky_relu", "elu", "selu", "gelu", "silu"}) {
    CAPTURE(activation);
    const auto net =
        mlp({.inputs = 6, .depth = 3, .width = 9, .classes = 3, .activation = activation});
    initialize(
        *net, Initializer::parse("random_uniform"), Seed{2}, Initializer::parse("constant:-1"));
    check_against_census(*net, {6});
  }
  const auto net = resnet({.depth = 8, .width = 4});
  initialize(*net, Initializer::parse("he_normal"), Seed{2});
  check_against_census(*net, {1, 8, 8});
}

TEST_CASE("monitor: value, of deaths and revivals") {
  Monitor monitor;
  const std::size_t hidden = monitor.add_layer("hidden");
  const std::vector<std::vector<float>> states{{1, 0, 0, 1}, {0, 0, 1, 1}, {0, 1, 1, 1}};
  for (std::size_t i = 0; i < states.size(); ++i) {
    monitor.feed(hidden, states[i].data(), 1, 4);
    monitor.census(static_cast<int64_t>(i) * 10);
  }
  const LayerLife& l = monitor.life().layers()[0];
  CHECK(l.born_dead == 2);
  CHECK(l.died == 1);
  CHECK(l.revived == 2);
  CHECK(l.dead == 1);
  CHECK(l.lasting == 1);
  CHECK(monitor.life().unit(0, 0).dead_since == 10);
}

TEST_CASE("monitor: nan is poison, not death") {
  Monitor monitor;
  const std::size_t hidden = monitor.add_layer("hidden");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float z[] = {nan, 0, INFINITY, 1, 0, 1};  // [2, 3]
  monitor.feed(hidden, z, 2, 3);
  monitor.census(0);
  const LayerPulse& l = monitor.layers()[0];
  CHECK(l.counts.poisoned == std::vector<int64_t>{1, 0, 1});
  CHECK(l.counts.fired == std::vector<int64_t>{1, 0, 1});
  CHECK(l.dead() == 1);
}

TEST_CASE("monitor: verdict, of a layer that is known to cut") {
  // A cross-entropy that stands at the entropy of ten classes, above a dead layer.
  const auto verdict = [](std::optional<bool> bypassed, bool at_birth, int64_t first = 0) {
    Monitor monitor;
    const std::size_t hidden = monitor.add_layer("hidden", "relu", bypassed);
    const std::vector<float> alive(32, 1), dead(32, 0);
    monitor.feed(hidden, at_birth ? dead.data() : alive.data(), 4, 8);
    monitor.census(first);
    for (int i = 0; i < 300; ++i) monitor.step(std::log(10.0));
    monitor.feed(hidden, dead.data(), 4, 8);
    monitor.census(first + 300);
    Evidence known;
    known.label_entropy = std::log(10.0);
    known.majority_share = 0.1;
    known.loss = std::log(10.0);
    known.accuracy = 0.1;
    return monitor.verdict(known);
  };
  const Diagnosis died = verdict(false, false);
  CHECK(died.verdict == Verdict::died);
  CHECK(died.text.find("hidden") != died.text.npos);
  CHECK(verdict(false, true).verdict == Verdict::born_dead);
  // Around it a shortcut, or nobody knows: no cut is claimed.
  CHECK(verdict(true, false).verdict != Verdict::died);
  CHECK(verdict({}, false).verdict != Verdict::died);
  // Nobody saw the birth.
  CHECK(verdict(false, true, 50).verdict != Verdict::born_dead);
}

TEST_CASE("monitor: error texts, and rows are kept") {
  Monitor monitor;
  CHECK_THROWS_WITH_AS(monitor.census(0), "monitor: a census without a layer", StateError);
  const std::size_t a = monitor.add_layer("a"), b = monitor.add_layer("b", "selu");
  CHECK_THROWS_WITH_AS(
      (void)monitor.verdict(), "monitor: a verdict before the first census", StateError);
  CHECK_THROWS_WITH_AS(monitor.add_layer("a"), "monitor: layer a: is there already", ValueError);
  CHECK_THROWS_WITH_AS(monitor.add_layer("c", "tanh"),
      "monitor: layer c: op tanh: needs relu, or another that is above 0 exactly where its input "
      "is",
      ValueError);
  const float z[] = {1, 0, 1, 0, 0, 0};
  CHECK_THROWS_WITH_AS(monitor.feed(7, z, 1, 2), "monitor: layer 7: there are 2", ValueError);
  CHECK_THROWS_WITH_AS(
      monitor.feed(a, nullptr, 1, 2), "monitor: layer a: no activations (null)", ValueError);
  CHECK_THROWS_WITH_AS(monitor.feed(a, z, 1, 0),
      "monitor: layer a: [1,0,1]: needs one unit and one position at least", ValueError);
  CHECK_THROWS_WITH_AS(monitor.feed(a, z, 1, int64_t{1} << 60),
      "monitor: layer a: [1,1152921504606846976,1]: more than 67108864 units", ValueError);
  monitor.feed(a, z, 3, 2);
  CHECK_THROWS_WITH_AS(monitor.feed(a, z, 1, 3),
      "monitor: layer a: [1,3,1]: had 2 units at 1 positions before", StateError);
  CHECK_THROWS_WITH_AS(
      monitor.add_layer("c"), "monitor: layer c: comes after the first rows", StateError);
  CHECK_THROWS_WITH_AS(
      monitor.census(0), "monitor: layer b: got no rows since the last census", StateError);
  monitor.feed(b, z, 2, 2);
  CHECK_THROWS_WITH_AS(monitor.census(0), "monitor: layer b: got 2 rows, a 3", StateError);
  monitor.feed(b, z, 1, 2);
  monitor.census(4);
  CHECK(monitor.layers()[0].counts.samples == 3);
  monitor.feed(a, z, 1, 2);
  monitor.feed(b, z, 1, 2);
  CHECK_THROWS_WITH_AS(
      monitor.census(3), "monitor: a census of step 3: the last was of step 4", ValueError);
}
