// What data and structure do to a network, from evidence and from networks that have it.
#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/watch.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/sequential.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/random.h"
#include "tests/nn/says.h"

using namespace lively;
using lively::testing::kH;

namespace {

// A run that learnt nothing, sound but for that.
Evidence hurt() {
  Evidence e;
  e.label_entropy = kH;
  e.majority_share = e.accuracy = 0.1;
  e.losses.assign(300, kH);
  e.loss = kH;
  e.learning_rate = 0.01;
  e.constant_input = false;
  e.outputs = OutputShape{-2, 0};
  e.copied_layer = "";
  e.inputs = InputScale{0.4, 2, 3};
  e.output_deviation = 1;
  return e;
}

bool wired(const Evidence& e) { return diagnose(e).verdict != Verdict::wiring; }

// Points of four corners, `scale` times as large.
LabelledBatch corners(uint64_t index, double scale = 1) {
  Stream stream(Seed{5}, "corners", index);
  LabelledBatch b{Tensor::empty({64, 2}), Tensor::empty({64}, Dtype::int64)};
  for (int64_t i = 0; i < 64; ++i) {
    b.labels.mutable_data<int64_t>()[i] = i % 4;
    float* x = b.inputs.mutable_data<float>() + 2 * i;
    x[0] = static_cast<float>(scale * (static_cast<double>(i % 2) * 2 - 1 + 0.2 * stream.normal()));
    x[1] = static_cast<float>(scale * (static_cast<double>(i / 2 % 2) * 2 - 1));
  }
  return b;
}

// What a watch over 150 steps of plain descent says of a network.
Diagnosis watched(Module& net, double rate, Evidence* evidence = nullptr) {
  Watch watch(net, std::vector<LabelledBatch>{corners(1000), corners(1001)});
  SGD sgd(net.parameters(), rate);
  for (uint64_t i = 0; i < 150; ++i) {
    const LabelledBatch b = corners(i);
    const Variable logits = net(Variable(b.inputs));
    const Variable loss = softmax_cross_entropy(logits, b.labels);
    sgd.zero_grad();
    loss.backward();
    watch.step(logits, loss, b.labels, rate);
    sgd.step();
  }
  const Diagnosis d = watch.verdict();
  if (evidence) *evidence = watch.evidence();
  return d;
}

}  // namespace

TEST_CASE("structure: each misfit of inputs and units is wiring in a network that is hurt") {
  CHECK(wired(hurt()));
  const auto misfit = [](auto spoil, const char* says) {
    Evidence e = hurt();
    spoil(e);
    const Diagnosis d = diagnose(e);
    CHECK(d.verdict == Verdict::wiring);
    CHECK_MESSAGE(d.text.find(says) != std::string::npos, d.text);
    e.loss = 0.2 * kH;
    e.accuracy = 0.9;
    CHECK(diagnose(e).verdict == Verdict::healthy);
  };
  misfit([](Evidence& e) { e.inputs->outlier = 1000; }, "the largest sample is 1e+03 times");
  misfit([](Evidence& e) { e.inputs->columns = 500; }, "one feature varies 500 times");
  misfit([](Evidence& e) { e.inputs->rms = 90; }, "the inputs are not scaled: their size is 90");
  misfit([](Evidence& e) { e.outputs = OutputShape{0, 0.9}; }, "a rectifier right before the loss");
  misfit([](Evidence& e) { e.copied_layer = "1"; }, "all units of layer 1 have the same weights");
  Evidence e = hurt();
  e.outputs = OutputShape{0.1, 0};  // all above 0 by itself is nothing
  CHECK(wired(e));
  e.inputs = InputScale{9, 22, 110};  // each within a fifth of its threshold
  CHECK(wired(e));
}

TEST_CASE("structure: a second softmax is wiring even where the network learns") {
  Evidence e = hurt();
  e.loss = 1.5;
  e.accuracy = 0.9;
  CHECK(wired(e));
  e.softmax_twice = true;
  CHECK(diagnose(e).verdict == Verdict::wiring);
  CHECK(diagnose(e).text.find("the loss takes another") != std::string::npos);
}

TEST_CASE("structure: outliers are named where the loss explodes") {
  Evidence e = hurt();
  e.inputs->outlier = 1000;
  e.losses.back() = 1e6;
  const Diagnosis d = diagnose(e);
  REQUIRE(d.all.size() >= 2);
  CHECK(d.all[0] == Verdict::exploding);
  CHECK(d.all[1] == Verdict::wiring);
  CHECK(d.text.find("Look at the data too: the largest sample") != std::string::npos);
}

TEST_CASE("structure: a watch sees a softmax before the loss, and a rectifier") {
  Sequential twice;
  twice.add(std::make_unique<Linear>(2, 4));
  twice.add(std::make_unique<Activation>(
      "softmax", "Softmax()", [](const Variable& x) { return softmax(x, 1); }));
  initialize(twice, Initializer::parse("he_uniform"), Seed{1});
  Evidence e;
  CHECK(watched(twice, 0.5, &e).verdict == Verdict::wiring);
  CHECK(*e.softmax_twice);

  Sequential cut;
  cut.add(std::make_unique<Linear>(2, 4));
  cut.add(std::make_unique<ReLU>());
  initialize(cut, Initializer::parse("he_uniform"), Seed{1}, Initializer::parse("constant:-0.5"));
  (void)watched(cut, 0.1, &e);
  CHECK_FALSE(*e.softmax_twice);
  CHECK(e.outputs->lowest == 0);
  CHECK(e.outputs->zeros > 0.1);

  const auto sound = mlp({.inputs = 2, .depth = 2, .width = 16, .classes = 4});
  initialize(*sound, Initializer::parse("he_uniform"), Seed{1});
  CHECK(watched(*sound, 0.1, &e).verdict == Verdict::healthy);
  CHECK_FALSE(*e.softmax_twice);
  CHECK(e.outputs->lowest < 0);
  CHECK(*e.copied_layer == "");
  CHECK(*e.birth_loss == doctest::Approx(e.losses[0]).epsilon(0.2));
  CHECK(*e.birth_deviation > 0.1);
}

TEST_CASE("structure: units that a constant initialiser makes alike are seen as drawn") {
  const auto net = mlp({.inputs = 2, .depth = 2, .width = 16, .classes = 4});
  initialize(*net, Initializer::parse("constant:0.1"), Seed{1});
  CHECK(copied_layer(*net) == "1");
  Evidence e;
  CHECK(watched(*net, 0.01, &e).verdict == Verdict::wiring);
  CHECK(*e.copied_layer == "1");
  initialize(*net, Initializer::parse("zeros"), Seed{1});
  CHECK(copied_layer(*net) == "");  // nothing moves at all, which is another fault
  initialize(*net, Initializer::parse("he_uniform"), Seed{1});
  CHECK(copied_layer(*net) == "");
  Linear last(2, 4);  // outputs may be alike: their labels are not
  last.weight.mutable_data().fill(1);
  CHECK(copied_layer(last) == "");
}

TEST_CASE("input scales: value by hand, of samples that are finite") {
  InputScales none;
  CHECK_FALSE(none.scale());
  none.add(Tensor::of<int64_t>({1, 2}, {1, 2}));  // words, say
  CHECK_FALSE(none.scale());
  InputScales scales;
  scales.add(Tensor::of<float>({3, 4, 0, 6, 8, 0}, {2, 3}));
  scales.add(Tensor::of<float>({30, 40, 0, NAN, 1, 0}, {2, 3}));
  const auto s = scales.scale();
  REQUIRE(s);
  CHECK(s->rms == doctest::Approx(10 / std::sqrt(3.0)));
  CHECK(s->outlier == doctest::Approx(5));
  CHECK(s->columns == doctest::Approx(1));  // of two that vary, the median is the larger
}

TEST_CASE("saturation: value, the share of slopes near 0 in the worst layer") {
  auto net = mlp({.inputs = 1, .depth = 1, .width = 2, .classes = 2, .activation = "tanh"});
  auto parameters = net->parameters();
  parameters[0].mutable_data().fill(1);
  parameters[1].mutable_data().copy_from(Tensor::of<float>({0, 9}, {2}));
  const auto census = [&](std::vector<float> x) {
    const auto n = static_cast<int64_t>(x.size());
    return take_census(*net, [&, done = false](Tensor& inputs) mutable {
      inputs = Tensor::of<float>(x, {n, 1});
      return !std::exchange(done, true);
    });
  };
  CHECK(*saturation(census({0, 1, -1, 6})) ==
        doctest::Approx(5.0 / 8));  // unit 1 always, unit 0 at 6
  CHECK(*saturation(census({0, NAN, -9})) ==
        doctest::Approx(2.0 / 4));  // the poisoned one is left out
  net = mlp({.inputs = 1, .depth = 1, .width = 2, .classes = 2});
  CHECK_FALSE(saturation(census({0, 1})));  // a relu is flat by its nature
}
