#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/feed.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"

using namespace lively;

namespace {

Tensor normals(const Shape& shape, uint64_t index = 0) {
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{6}, "feed", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

NextInputs halves(const Tensor& x) {
  return [x, at = int64_t{0}](Tensor& inputs) mutable {
    const int64_t n = x.size(0), half = (n + 1) / 2;
    if (at >= n) return false;
    inputs = x.slice(0, at, at + half);
    at += half;
    return true;
  };
}

// Keeps the pre-activations of a pass.
struct Onlooker final : RectifierListener {
  UnitCounts* counts(const RectifierSite&) override { return nullptr; }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite&, const PreActivations& z) override {
    all.push_back(z.tensor().contiguous());
  }
  std::vector<Tensor> all;
};

std::vector<Tensor> pre_activations(Module& model, const Tensor& x) {
  Onlooker watch;
  const Observe scope(watch);
  (void)model(Variable(x));
  return watch.all;
}

// A few steps' worth of batch statistics and odd norms, so that nothing is trivial.
void unsettle(Module& model, const Tensor& x) {
  uint64_t index = 100;
  for (Variable& p : model.parameters()) {
    if (p.rank() != 1) continue;
    Stream stream(Seed{7}, "unsettle", index++);
    fill_normal(p.mutable_data(), stream, 0.3, 0.5);
  }
  for (int i = 0; i < 3; ++i) (void)model(Variable(x));
  model.eval();
}

// Every unit's z at its peak, composed of what feeds it, is what the rectifier saw.
void check_feeds(Module& model, const Tensor& x, bool sums) {
  unsettle(model, x);
  const std::vector<Tensor> z = pre_activations(model, x);
  const Peaks peaks = peaks_of(take_census(model, halves(x)));
  Feeds feeds(model);
  (void)feeds.run(Variable(x));
  REQUIRE(feeds.sites() == z.size());
  REQUIRE(peaks.size() == z.size());
  bool carried = false;
  for (std::size_t s = 0; s < z.size(); ++s) {
    CAPTURE(s);
    REQUIRE(feeds.source(s).unknown == "");
    const int64_t units = z[s].size(1), positions = z[s].numel() / (z[s].size(0) * units);
    const Tensor flat = z[s].reshape({z[s].size(0), units, positions});
    for (int64_t u = 0; u < units; ++u) {
      const Peak& peak = peaks[s][static_cast<std::size_t>(u)];
      double largest = -1e30;
      for (int64_t n = 0; n < z[s].size(0); ++n)
        for (int64_t i = 0; i < positions; ++i) largest = std::max(largest, flat.at({n, u, i}));
      CHECK(peak.z == largest);
      const int64_t place = feeds.largest_at(s, u, peak.sample);
      CHECK(flat.at({peak.sample, u, place}) == largest);
      const UnitFeed f = feeds.feed(s, u, peak.sample, place);
      CHECK(f.z() == doctest::Approx(largest).epsilon(2e-5));
      CHECK(feeds.z(s, u, peak.sample, place).item() == doctest::Approx(largest).epsilon(1e-5));
      carried |= f.carried != 0;
    }
  }
  CHECK(carried == sums);
}

}  // namespace

TEST_CASE("feeds: what feeds a unit composes its z: MLPs, with norms, dropout and residuals") {
  for (const Norm norm : {Norm::none, Norm::batch, Norm::batch_after})
    for (const char* residual : {"", "add", "subtract:post", "add:pre"}) {
      CAPTURE(residual);
      MlpShape shape{
          .inputs = 9, .depth = 3, .width = 6, .classes = 3, .norm = norm, .dropout = 0.2};
      if (*residual) shape.residual = ResidualForm::parse(residual);
      const auto model = mlp(shape);
      const std::string form = residual;
      check_feeds(*model, normals({11, 9}), !form.empty() && form != "add:pre");
    }
}

TEST_CASE("feeds: what feeds a channel composes its z: ResNets, with either shortcut and none") {
  for (const Shortcut shortcut : {Shortcut::a, Shortcut::b, Shortcut::none}) {
    const auto model =
        resnet({.depth = 8, .in_channels = 2, .width = 3, .classes = 4, .shortcut = shortcut});
    check_feeds(*model, normals({5, 2, 8, 8}), shortcut != Shortcut::none);
  }
}

TEST_CASE("feeds: names the layer and the norm") {
  const auto model = resnet({.depth = 8, .width = 2, .classes = 3, .shortcut = Shortcut::b});
  model->eval();
  Feeds feeds(*model);
  (void)feeds.run(Variable(normals({1, 1, 8, 8})));
  CHECK(feeds.source(0).layer == "conv1");
  CHECK(feeds.source(0).norm == "bn1");
  CHECK(feeds.source(4).layer == "layer2.0.conv2");  // not its downsample's
  CHECK(feeds.source(4).norm == "layer2.0.bn2");
}

TEST_CASE("feeds: a rectifier that is shared, or no module at all") {
  struct Shared final : Module {
    Linear first{3, 4}, second{4, 4}, third{4, 5}, out{5, 2};
    ReLU act;
    Shared() {
      register_module("first", first), register_module("second", second),
          register_module("third", third);
      register_module("out", out), register_module("act", act);
    }
    Variable forward(const Variable& x) override {
      return out(relu(third(act(second(act(first(x)))))));
    }
    std::string describe() const override { return "Shared"; }
  } net;
  const Tensor x = normals({4, 3});
  const std::vector<Tensor> z = pre_activations(net, x);
  Feeds feeds(net);
  (void)feeds.run(Variable(x));
  REQUIRE(feeds.sites() == 3);
  const char* layers[] = {"first", "second", "third"};
  for (std::size_t s = 0; s < 3; ++s) {
    CHECK(feeds.source(s).layer == layers[s]);
    CHECK(feeds.feed(s, 1, 2, 0).z() == doctest::Approx(z[s].at({2, 1})).epsilon(1e-5));
  }
}

TEST_CASE("feeds: says where it cannot tell") {
  struct Odd final : Module {
    Linear in{3, 4}, out{4, 2};
    Odd() { register_module("in", in), register_module("out", out); }
    Variable forward(const Variable& x) override { return out(relu(in(x)*2.0)); }
    std::string describe() const override { return "Odd"; }
  } odd;
  Feeds feeds(odd);
  (void)feeds.run(Variable(normals({2, 3})));
  CHECK(
      feeds.source(0).unknown == "no weighted layer or batch norm leads straight to its rectifier");
  CHECK_THROWS_WITH_AS((void)feeds.feed(0, 0, 0, 0),
      "feed: layer : no weighted layer or batch norm leads straight to its rectifier", StateError);
  CHECK_THROWS_WITH_AS((void)feeds.z(0, 0, 0, 0),
      "feed: layer : its pre-activation is no module's input or output", StateError);
  CHECK_THROWS_WITH_AS((void)feeds.sample_products("in", odd.in.weight.data(), Tensor()),
      "feed: layer in: no weighted layer with a gradient", ValueError);
}

TEST_CASE(
    "feeds: samples' products sum to the product with the gradient, for features and pictures") {
  const auto check = [](Module& model, const Tensor& x, const std::string& layer, bool single) {
    Feeds feeds(model);
    const Tensor labels = Tensor::of<int64_t>({0, 1, 2, 1, 0});
    softmax_cross_entropy(feeds.run(Variable(x)), labels).backward();
    for (const auto& [name, module] : model.named_modules()) {
      if (name != layer) continue;
      auto& weighted = dynamic_cast<WeightedLayer&>(*module);
      const Tensor v = normals(weighted.weight.shape(), 1);
      const Tensor b = weighted.bias.defined() ? normals(weighted.bias.shape(), 2) : Tensor();
      const std::vector<double> each = feeds.sample_products(layer, v, b);
      REQUIRE(each.size() == 5);
      double sum = 0, want = 0;
      for (const double e : each) sum += e;
      const auto add = [&](const Tensor& g, const Tensor& d) {
        const Tensor row = g.contiguous();
        for (int64_t i = 0; i < g.numel(); ++i)
          want += static_cast<double>(row.data<float>()[i]) * d.data<float>()[i];
      };
      add(weighted.weight.grad(), v);
      if (b.defined()) add(weighted.bias.grad(), b);
      CHECK(sum == doctest::Approx(want).epsilon(1e-4));
      if (!single) continue;
      // Without a norm a sample's product is that of a batch of its own, over N.
      for (int64_t n = 0; n < 5; ++n) {
        model.zero_grad();
        softmax_cross_entropy(model(Variable(x.slice(0, n, n + 1))), labels.slice(0, n, n + 1))
            .backward();
        want = 0;
        add(weighted.weight.grad(), v);
        if (b.defined()) add(weighted.bias.grad(), b);
        CHECK(each[static_cast<std::size_t>(n)] == doctest::Approx(want / 5).epsilon(1e-4));
      }
    }
  };
  check(*mlp({.inputs = 9, .depth = 2, .width = 6, .classes = 3}), normals({5, 9}), "3", true);
  check(*resnet({.depth = 8, .in_channels = 2, .width = 3, .classes = 3}), normals({5, 2, 8, 8}),
      "layer2.0.conv1", false);
}
