#include "lively/nn/module.h"

#include "lively/autograd/observe.h"
#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace lively;

namespace {

struct TwoLayers : Module {
  Linear a{4, 3}, b{3, 2, Bias::none};
  Tensor seen = Tensor::zeros({1});
  std::string path;  // where b's input was computed
  TwoLayers() {
    register_module("a", a);
    register_module("b", b);
    register_buffer("seen", seen);
  }
  Variable forward(const Variable& x) override {
    path = module_path();
    return b(relu(a(x)));
  }
  std::string describe() const override { return "TwoLayers"; }
};

struct Net : Module {
  Variable scale = parameter(Tensor::ones({2}));
  TwoLayers block;
  Net() {
    register_parameter("scale", scale);
    register_module("block", block);
  }
  Variable forward(const Variable& x) override { return block(x) * scale; }
  std::string describe() const override { return "Net"; }
};

// The same layer before and after a nonlinearity.
struct Shared : Module {
  Linear layer{3, 3};
  Shared() {
    register_module("first", layer);
    register_module("second", layer);
  }
  Variable forward(const Variable& x) override { return layer(tanh(layer(x))); }
  std::string describe() const override { return "Shared"; }
};

// Says what its base class keeps to itself.
struct Open : Module {
  using Module::register_buffer;
  using Module::register_module;
  using Module::register_parameter;
  Variable forward(const Variable& x) override { return x; }
  std::string describe() const override { return "Open"; }
};

template <class T>
std::vector<std::string> names_of(const std::vector<Named<T>>& all) {
  std::vector<std::string> names;
  for (const auto& entry : all) names.push_back(entry.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("module: value of names, in order of registration") {
  Net net;
  CHECK(names_of(net.named_parameters()) ==
        Names{"scale", "block.a.weight", "block.a.bias", "block.b.weight"});
  CHECK(names_of(net.named_buffers()) == Names{"block.seen"});
  CHECK(names_of(net.named_modules()) == Names{"", "block", "block.a", "block.b"});
  CHECK(net.parameters().size() == 4);
  CHECK(net.parameter_count() == 2 + 12 + 3 + 6);
}

TEST_CASE("module: value of state_dict, PyTorch's keys and layouts, sharing elements") {
  Net net;
  StateDict state = net.state_dict();
  CHECK(names_of(state) ==
        Names{"scale", "block.seen", "block.a.weight", "block.a.bias", "block.b.weight"});
  CHECK(state[2].value.shape() == Shape{3, 4});
  state[0].value.fill(5);
  CHECK(net.scale.data().at({1}) == 5);
}

TEST_CASE("module: value of load_state_dict, in any order") {
  Net from, to;
  initialize(from, Initializer::parse("he_normal"), Seed{4}, Initializer::parse("ones"));
  from.block.seen.fill(3);
  StateDict state = from.state_dict();
  std::ranges::reverse(state);
  to.load_state_dict(state);
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Tensor loaded = to.state_dict()[i].value, wanted = from.state_dict()[i].value;
    CHECK(std::ranges::equal(loaded.values<float>(), wanted.values<float>()));
    CHECK(!loaded.shares_elements_with(wanted));
  }
}

TEST_CASE("module: error texts of load_state_dict, and nothing is changed") {
  Net net;
  Net other;
  other.scale.mutable_data().fill(7);
  const auto with = [&](const auto& change) {
    StateDict state = other.state_dict();
    change(state);
    return state;
  };
  const auto unknown = with([](StateDict& s) {
    s.push_back({"block.c.weight", Tensor::zeros({1})});
  });
  CHECK_THROWS_WITH_AS(net.load_state_dict(unknown),
      "load_state_dict: block.c.weight: unknown to this module", ValueError);
  const auto missing = with([](StateDict& s) { s.erase(s.begin() + 3); });
  CHECK_THROWS_WITH_AS(
      net.load_state_dict(missing), "load_state_dict: block.a.bias: missing", ValueError);
  const auto shape = with([](StateDict& s) { s[4].value = Tensor::zeros({3, 2}); });
  CHECK_THROWS_WITH_AS(
      net.load_state_dict(shape), "load_state_dict: block.b.weight: [3,2] for [2,3]", ShapeError);
  const auto dtype = with([](StateDict& s) { s[3].value = Tensor::zeros({3}, Dtype::float64); });
  CHECK_THROWS_WITH_AS(
      net.load_state_dict(dtype), "load_state_dict: block.a.bias: float64 for float32", DtypeError);
  CHECK(net.scale.data().at({0}) == 1);
}

TEST_CASE("module: error texts of registration") {
  Open m, child;
  const Variable p = parameter(Tensor::zeros({1}));
  m.register_parameter("p", p);
  CHECK_THROWS_WITH_AS(m.register_parameter("p", p), "module: name \"p\": is taken", ValueError);
  CHECK_THROWS_WITH_AS(
      m.register_buffer("p", Tensor::zeros({1})), "module: name \"p\": is taken", ValueError);
  CHECK_THROWS_WITH_AS(m.register_module("p", child), "module: name \"p\": is taken", ValueError);
  CHECK_THROWS_WITH_AS(
      m.register_module("", child), "module: name \"\": needs one without dots", ValueError);
  CHECK_THROWS_WITH_AS(
      m.register_module("a.b", child), "module: name \"a.b\": needs one without dots", ValueError);
  const char* no_leaf = "module: q: a parameter is a leaf that wants a gradient";
  CHECK_THROWS_WITH_AS(
      m.register_parameter("q", Variable(Tensor::zeros({1}))), no_leaf, ValueError);
  CHECK_THROWS_WITH_AS(m.register_parameter("q", p * 2), no_leaf, ValueError);
}

TEST_CASE("module: value of the path under which forward runs") {
  Net net;
  (void)net(Variable(Tensor::zeros({1, 4})));
  CHECK(net.block.path == "block");
  (void)net.block(Variable(Tensor::zeros({1, 4})));
  CHECK(net.block.path == "block");  // its name remains, called alone
  CHECK(module_path().empty());
}

TEST_CASE("module: value of hooks, which see input and output in order") {
  Linear layer(2, 3);
  Names calls;
  layer.register_forward_hook([&](Module& m, const Variable& x, const Variable& y) {
    CHECK(&m == &layer);
    calls.push_back("one " + x.shape().to_string() + y.shape().to_string());
  });
  layer.register_forward_hook(
      [&](Module&, const Variable&, const Variable&) { calls.push_back("two"); });
  (void)layer(Variable(Tensor::zeros({5, 2})));
  CHECK(calls == Names{"one [5,2][5,3]", "two"});
}

TEST_CASE("module: value of hooks that are removed one by one") {
  Linear layer(2, 3);
  Names calls;
  const auto say = [&](const char* what) {
    return layer.register_forward_hook(
        [&calls, what](Module&, const Variable&, const Variable&) { calls.push_back(what); });
  };
  const auto one = say("one"), two = say("two");
  layer.remove_forward_hook(one);
  layer.remove_forward_hook(one);  // has gone
  const auto three = say("three");
  CHECK(three != one);
  (void)layer(Variable(Tensor::zeros({1, 2})));
  CHECK(calls == Names{"two", "three"});
  layer.remove_forward_hook(two);
  layer.remove_forward_hook(three);
  CHECK_FALSE(layer.has_forward_hooks());
}

TEST_CASE("module: value of train and eval, down to the last child") {
  Net net;
  CHECK(net.block.a.is_training());
  net.eval();
  CHECK(!net.is_training());
  CHECK(!net.block.b.is_training());
  net.train();
  CHECK(net.block.a.is_training());
}

TEST_CASE("module: gradient reaches every parameter, and zero_grad takes it away") {
  Net net;
  sum(net(Variable(Tensor::ones({2, 4})))).backward();
  for (const auto& entry : net.named_parameters()) {
    CAPTURE(entry.name);
    CHECK(entry.value.grad().defined());
  }
  net.zero_grad();
  for (const Variable& p : net.parameters()) CHECK(!p.grad().defined());
}

TEST_CASE("module: value of a shared module: one parameter, two keys") {
  Shared net;
  CHECK(names_of(net.named_parameters()) == Names{"first.weight", "first.bias"});
  CHECK(names_of(net.named_modules()) == Names{"", "first"});
  CHECK(net.parameter_count() == 12);
  CHECK(names_of(net.state_dict()) ==
        Names{"first.weight", "first.bias", "second.weight", "second.bias"});
  Shared other;
  CHECK_NOTHROW(other.load_state_dict(net.state_dict()));
}

TEST_CASE("module: gradient of a shared module adds up over its uses") {
  Shared net;
  const Tensor x = Tensor::of<float>({0.5f, -1, 2}, {1, 3});
  sum(net(Variable(x))).backward();
  const double got = net.layer.weight.grad().at({1, 2});
  const auto loss = [&](double shift) {
    Tensor w = net.layer.weight.mutable_data();
    const float before = w.data<float>()[5];
    w.mutable_data<float>()[5] = before + static_cast<float>(shift);
    const double value = sum(net(Variable(x))).item();
    w.mutable_data<float>()[5] = before;
    return value;
  };
  CHECK(got == doctest::Approx((loss(1e-2) - loss(-1e-2)) / 2e-2).epsilon(1e-2));
}

TEST_CASE("sequential: value, names and description") {
  Sequential net;
  net.add<Linear>(4, 3);
  ReLU& relu_layer = net.add<ReLU>();
  Module& last = net.add(std::make_unique<Linear>(3, 2, Bias::none));
  CHECK(net.size() == 3);
  CHECK(&net[1] == &relu_layer);
  CHECK(&net[2] == &last);
  CHECK(names_of(net.named_parameters()) == Names{"0.weight", "0.bias", "2.weight"});
  CHECK(net.describe() == "Sequential(Linear(4, 3), ReLU(), Linear(3, 2, no bias))");
  const Variable x(Tensor::ones({2, 4}));
  const Variable by_hand = net[2](net[1](net[0](x)));
  const Variable by_net = net(x);
  CHECK(std::ranges::equal(by_net.data().values<float>(), by_hand.data().values<float>()));
  CHECK(Sequential().describe() == "Sequential()");
  CHECK_THROWS_AS(net[3], ValueError);
}

TEST_CASE("linear: value, shape and errors") {
  Linear layer(2, 3);
  layer.weight.mutable_data().copy_from(Tensor::of<float>({1, 2, 3, 4, 5, 6}, {3, 2}));
  layer.bias.mutable_data().copy_from(Tensor::of<float>({10, 20, 30}));
  const Variable y = layer(Variable(Tensor::of<float>({1, -1}, {1, 2})));
  CHECK(std::ranges::equal(y.data().values<float>(), std::vector<float>{9, 19, 29}));
  CHECK(layer.describe() == "Linear(2, 3)");
  CHECK(Linear(2, 3, Bias::none).parameters().size() == 1);
  CHECK(Linear(2, 3, Bias::learnt, Dtype::float64).weight.dtype() == Dtype::float64);
  CHECK_THROWS_WITH_AS(
      Linear(0, 3), "Linear: 0 inputs and 3 outputs: needs at least 1 of each", ValueError);
  CHECK(layer(Variable(Tensor::ones({5, 7, 2}))).shape() == Shape{5, 7, 3});
  CHECK_THROWS_WITH_AS(layer(Variable(Tensor::ones({1, 3}))),
      "linear: [1,3] by weight [3,2]: needs [..., in] by [out, in]", ShapeError);
}
