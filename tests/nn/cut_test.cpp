#include <doctest/doctest.h>

#include <algorithm>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/cut.h"
#include "lively/nn/mlp.h"
#include "lively/nn/resnet.h"
#include "tests/nn/recount.h"

using namespace lively;
using namespace lively::testing;

namespace {

// Sets a parameter to one number: a bias of -1e4 kills the rectifier that it feeds.
void fill(Module& model, const std::string& name, double value) {
  for (auto& [known, p] : model.named_parameters())
    if (known == name) return (void)p.mutable_data().fill(value);
  FAIL(name << " is no parameter");
}

struct Tiny {
  std::vector<std::string> cuts;
  bool constant = true;  // is the output the same for every input, but for rounding (BLAS sums the
                         // last rows of a batch in another order)?
  std::vector<std::string> frozen;  // the parameters whose gradient is exactly 0
};

Tiny probe(Module& model, const Tensor& x) {
  Tiny p;
  p.cuts = dead_cuts(model, take_census(model, in_batches(x, x.size(0))));
  std::vector<int64_t> labels(static_cast<std::size_t>(x.size(0)));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int64_t>(i % 3);
  model.eval();
  model.zero_grad();
  const Variable y = model(Variable(x));
  softmax_cross_entropy(y, Tensor::of(labels, {x.size(0)})).backward();
  const Tensor rows = y.data().contiguous();
  const auto values = rows.values<float>();
  const std::size_t classes = static_cast<std::size_t>(y.size(1));
  for (std::size_t i = classes; i < values.size(); ++i)
    p.constant = p.constant && values[i] == doctest::Approx(values[i % classes]).epsilon(1e-6);
  for (const auto& [name, v] : model.named_parameters()) {
    const Tensor g = v.grad().contiguous();
    if (std::ranges::all_of(g.values<float>(), [](float e) { return e == 0; }))
      p.frozen.push_back(name);
  }
  return p;
}

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::count(list, name) > 0;
}

}  // namespace

TEST_CASE("cut: a dead layer of an MLP freezes everything at and below it") {
  for (const int dead :
      {1, 3, 5, 7}) {  // the weighted layers 1, 3, 5, 7; each is followed by its rectifier
    CAPTURE(dead);
    const auto net = mlp({.inputs = 5, .depth = 4, .width = 12, .classes = 3});
    initialize(*net, Initializer::parse("he_normal"), Seed{1}, Initializer::parse("constant:0.1"));
    CHECK(probe(*net, points({40, 5})).cuts.empty());
    CHECK(probe(*net, points({40, 5})).frozen.empty());
    fill(*net, std::to_string(dead) + ".bias", -1e4);
    const Tiny p = probe(*net, points({40, 5}));
    CHECK(p.cuts == std::vector<std::string>{std::to_string(dead + 1)});
    CHECK(p.constant);
    for (int layer = 1; layer <= 9; layer += 2)
      for (const char* what : {".weight", ".bias"}) {
        const std::string name = std::to_string(layer) + what;
        // The weight above reads only zeros, so it is frozen as well; its bias is not.
        const bool reads_nothing = layer == dead + 2 && std::string(what) == ".weight";
        CHECK_MESSAGE(has(p.frozen, name) == (layer <= dead || reads_nothing), name);
      }
  }
}

TEST_CASE("cut: a layer with one unit alive is none, nor is a leaky one") {
  const auto net = mlp({.inputs = 5, .depth = 2, .width = 4, .classes = 3});
  fill(*net, "1.bias", -1e4);
  for (auto& [name, p] : net->named_parameters())
    if (name == "1.bias") p.mutable_data().mutable_values<float>()[2] = 1;
  CHECK(probe(*net, points({40, 5})).cuts.empty());
  const auto leaky =
      mlp({.inputs = 5, .depth = 2, .width = 4, .classes = 3, .activation = "leaky_relu"});
  fill(*leaky, "1.bias", -1e4);
  const Tiny p = probe(*leaky, points({40, 5}));
  CHECK(p.cuts.empty());
  CHECK(p.frozen.empty());
}

TEST_CASE("cut: a shortcut leads around the dead branch of a residual MLP") {
  for (const char* form : {"add:pre", "subtract:pre", "add:post"}) {
    CAPTURE(form);
    const bool pre = std::string(form).ends_with("pre");
    const auto net = mlp(
        {.inputs = 5, .depth = 3, .width = 8, .classes = 3, .residual = ResidualForm::parse(form)});
    initialize(*net, Initializer::parse("he_normal"), Seed{2});
    fill(*net, "4.inner.bias", -1e4);
    const Tiny p = probe(*net, points({40, 5}));
    CHECK(p.cuts == (pre ? std::vector<std::string>{} : std::vector<std::string>{"4.act"}));
    CHECK(p.constant == !pre);
    CHECK(has(p.frozen, "4.inner.weight"));
    for (const char* below : {"1.weight", "3.inner.weight"}) CHECK(has(p.frozen, below) == !pre);
  }
}

TEST_CASE("cut: ResNet blocks resist where a shortcut is, the plain network does not") {
  for (const Shortcut shortcut : {Shortcut::a, Shortcut::b, Shortcut::none}) {
    const bool plain = shortcut == Shortcut::none;
    const auto net = [&] {
      auto made = resnet({.depth = 8, .width = 4, .classes = 3, .shortcut = shortcut});
      initialize(*made, Initializer::parse("he_normal"), Seed{3});
      for (auto& [name, p] : made->named_parameters())
        if (name.ends_with("bias"))
          p.mutable_data().fill(0.1);  // so that 0 from below kills nothing more
      return made;
    };
    const Tensor x = points({12, 1, 8, 8});
    const auto branch = net();
    fill(*branch, "layer2.0.bn1.bias", -1e4);
    const Tiny p = probe(*branch, x);
    CHECK(
        p.cuts == (plain ? std::vector<std::string>{"layer2.0.act1"} : std::vector<std::string>{}));
    CHECK(p.constant == plain);
    CHECK(has(p.frozen, "layer2.0.conv1.weight"));
    for (const char* below : {"conv1.weight", "layer1.0.conv2.weight"})
      CHECK(has(p.frozen, below) == plain);
    const auto whole = net();
    fill(*whole, "layer2.0.bn2.bias", -1e6);  // the sum dies with its branch
    const Tiny q = probe(*whole, x);
    CHECK(q.cuts == std::vector<std::string>{"layer2.0.act2"});
    CHECK(q.constant);
    for (const char* below : {"conv1.weight", "layer1.0.conv2.weight", "layer2.0.conv2.weight"})
      CHECK(has(q.frozen, below));
    CHECK_FALSE(has(q.frozen, "layer3.0.bn2.bias"));
  }
}

TEST_CASE("cut: a module says whether it leads around its own functional rectifiers") {
  struct Block final : Module {
    explicit Block(bool shortcut) : shortcut_(shortcut) { register_module("f", f); }
    Variable forward(const Variable& x) override { return shortcut_ ? x + relu(f(x)) : relu(f(x)); }
    std::string describe() const override { return "Block"; }
    bool bypasses(const Module&) const override { return shortcut_; }
    Linear f{4, 4};
    bool shortcut_;
  };
  for (const bool shortcut : {true, false}) {
    Sequential net;
    net.add<Linear>(5, 4);
    net.add<Block>(shortcut);
    net.add<Linear>(4, 3);
    fill(net, "1.f.bias", -1e4);
    const Tiny p = probe(net, points({20, 5}));
    CHECK(p.cuts == (shortcut ? std::vector<std::string>{} : std::vector<std::string>{"1"}));
    CHECK(has(p.frozen, "0.weight") == !shortcut);
  }
}
