#include "lively/nn/liveness/titles.h"

#include <doctest/doctest.h>

#include <set>

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"
#include "tests/nn/recount.h"

using namespace lively;
using namespace lively::testing;

TEST_CASE("titles: an MLP counts its hidden layers, whatever stands between them") {
  for (const Norm norm : {Norm::none, Norm::batch, Norm::batch_after})
    for (const bool residual : {false, true}) {
      MlpShape shape{.inputs = 5, .depth = 3, .width = 8, .classes = 3};
      shape.norm = norm;
      shape.dropout = 0.1;
      if (residual) shape.residual = ResidualForm::parse("add");
      const auto net = mlp(shape);
      const Titles titles(*net);
      int hidden = 0, weighted = 0;
      for (const auto& [path, module] : net->named_modules()) {
        const auto number = [](int n) { return message("hidden layer ", n, " of 3"); };
        if (!module->activation().empty()) CHECK(titles.of(path) == number(++hidden));
        if (module->as_weighted())
          CHECK(titles.of(path) == (++weighted == 4 ? "output layer" : number(weighted)));
        if (module->as_norm()) CHECK(titles.of(path) == number(weighted) + ", norm");
      }
      CHECK(hidden == 3);
      CHECK(weighted == 4);
    }
  const auto five = mlp({.inputs = 5, .depth = 5, .width = 8, .classes = 3});
  CHECK(Titles(*five).of("10", 128) == "hidden layer 5 of 5 (128 units)");
  CHECK(Titles(*five).of("10", 1) == "hidden layer 5 of 5 (1 unit)");
  CHECK(Titles(*five).of("9.weight") == "hidden layer 5 of 5, weight");
  CHECK(Titles(*five).of("77") == "layer 77");
}

TEST_CASE("titles: a ResNet says stage, block and which of its two") {
  const auto net = resnet({.depth = 14, .width = 4, .classes = 3, .shortcut = Shortcut::b});
  const Titles titles(*net);
  for (const auto& entry :
      std::vector<Named<std::string>>{{"act", "the first layer"}, {"conv1", "the first layer"},
          {"bn1", "the first layer, norm"}, {"layer1.0.act1", "stage 1, block 1, first relu"},
          {"layer2.0.act2", "stage 2, block 1, second relu"},
          {"layer3.1.conv2", "stage 3, block 2, second convolution"},
          {"layer3.1.bn2.bias", "stage 3, block 2, second norm, bias"},
          {"layer2.0.downsample.0", "stage 2, block 1, shortcut"},
          {"layer2.0.downsample.1", "stage 2, block 1, shortcut, norm"},
          {"layer2.0", "stage 2, block 1"}, {"fc.weight", "output layer, weight"}}) {
    CAPTURE(entry.name);
    CHECK(titles.of(entry.name) == entry.value);
  }
  const auto leaky = resnet({.depth = 8, .width = 4, .classes = 3, .activation = "leaky_relu:0.3"});
  CHECK(Titles(*leaky).of("layer1.0.act2") == "stage 1, block 1, second leaky_relu");
  std::set<std::string> of_rectifiers;
  for (const auto& [path, module] : net->named_modules())
    if (!module->activation().empty()) of_rectifiers.insert(titles.of(path));
  CHECK(of_rectifiers.size() == 13);  // each its own
}

TEST_CASE("titles: a stranger's network is counted") {
  Sequential net;
  net.add<Linear>(4, 6);
  net.add<ReLU>();
  net.add<Linear>(6, 6);
  net.add<GELU>();
  net.add<Linear>(6, 3);
  const Titles one_each(net);
  CHECK(one_each.of("1") == "hidden layer 1 of 2");
  CHECK(one_each.of("3") == "hidden layer 2 of 2");
  CHECK(one_each.of("2.weight") == "hidden layer 2 of 2, weight");
  CHECK(one_each.of("4") == "output layer");

  net.add<ReLU>();
  const Titles as_many(net);
  CHECK(as_many.of("1") == "relu 1 of 2");
  CHECK(as_many.of("3") == "gelu 1 of 1");
  CHECK(as_many.of("5") == "relu 2 of 2");
  CHECK(as_many.of("4") == "weighted layer 3 of 3");
}

TEST_CASE("titles: functional calls are told apart by a census") {
  struct Twice final : Module {
    Linear f{4, 4};
    explicit Twice() { register_module("f", f); }
    Variable forward(const Variable& x) override { return relu(f(relu(x))); }
    std::string describe() const override { return "Twice"; }
  };
  Sequential net;
  net.add(std::make_unique<Twice>(), "the middle");
  net.add<Twice>();
  const Census census = take_census(net, in_batches(points({6, 4}), 6));
  const Titles titles(net, census);
  CHECK(titles.of("0") == "the middle, relu 1 of 2");
  CHECK(titles.of("0#2") == "the middle, relu 2 of 2");
  CHECK(titles.of("0.f") == "the middle");
  CHECK(titles.of("1") == "relu 1 of 2");
  CHECK(titles.of("1#2") == "relu 2 of 2");
}
