#include "lively/nn/module.h"

#include <doctest/doctest.h>

#include "lively/autograd/ops.h"
#include "lively/nn/linear.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"

using namespace lively;

namespace {

struct Net final : Module {
  Linear hidden{4, 3}, out{3, 2, Bias::none};
  PReLU act{3};
  Net() {
    register_module("hidden", hidden);
    register_module("act", act);
    register_module("out", out);
  }
  Variable forward(const Variable& x) override { return out(act(hidden(x))); }
  std::string describe() const override { return "Net"; }
};

std::vector<std::string> names(const StateDict& state) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : state) all.push_back(name);
  return all;
}

}  // namespace

TEST_CASE("module: state_dict has PyTorch's keys and layouts") {
  Net net;
  CHECK(names(net.state_dict()) == std::vector<std::string>{"hidden.weight", "hidden.bias", "act.weight", "out.weight"});
  CHECK(net.state_dict()[0].value.shape() == Shape{3, 4});
  const auto model = mlp({.inputs = 6, .depth = 2, .width = 5, .classes = 3});
  CHECK(names(model->state_dict()) == std::vector<std::string>{"1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"});
  CHECK(model->parameter_count() == 6 * 5 + 5 + 5 * 5 + 5 + 5 * 3 + 3);
  CHECK(model->describe() == "Sequential(Flatten(), Linear(6, 5), ReLU(), Linear(5, 5), ReLU(), Linear(5, 3))");
}

TEST_CASE("module: load_state_dict copies all or nothing, and names what does not fit") {
  Net net, other;
  other.hidden.weight.mutable_data().fill(7);
  net.load_state_dict(other.state_dict());
  CHECK(net.hidden.weight.data().at({2, 3}) == 7);
  StateDict state = other.state_dict();
  other.hidden.weight.mutable_data().fill(9);
  state.pop_back();
  CHECK_THROWS_WITH_AS(net.load_state_dict(state), "load_state_dict: out.weight: missing", ValueError);
  state.push_back({"out.weights", Tensor::zeros({2, 3})});
  CHECK_THROWS_WITH_AS(net.load_state_dict(state), "load_state_dict: out.weights: unknown to this module", ValueError);
  state.back() = {"out.weight", Tensor::zeros({3, 2})};
  CHECK_THROWS_WITH_AS(net.load_state_dict(state), "load_state_dict: out.weight: [3,2] for [2,3]", ShapeError);
  CHECK(net.hidden.weight.data().at({0, 0}) == 7);
}

TEST_CASE("module: train and eval reach every child, and dropout obeys") {
  Sequential net;
  net.add<Dropout>(0.5, Seed{1});
  const Variable x(Tensor::ones({100, 10}));
  const Tensor dropped = net(x).data();
  int zeros = 0;
  for (const float v : dropped.values<float>()) {
    CHECK((v == 0 || v == 2));
    zeros += v == 0;
  }
  CHECK(zeros > 420);  // 500 ± 5 standard errors of 15.8
  CHECK(zeros < 580);
  net.eval();
  CHECK_FALSE(net[0].is_training());
  for (const float v : net(x).data().values<float>()) CHECK(v == 1);
  CHECK_THROWS_AS(Dropout(1), ValueError);
}

TEST_CASE("module: forward hooks see input and output; zero_grad clears") {
  Net net;
  int calls = 0;
  net.hidden.register_forward_hook([&](Module& m, const Variable& x, const Variable& y) {
    ++calls;
    CHECK(&m == &net.hidden);
    CHECK(x.shape() == Shape{2, 4});
    CHECK(y.shape() == Shape{2, 3});
  });
  sum(net(Variable(Tensor::ones({2, 4})))).backward();
  CHECK(calls == 1);
  CHECK(net.out.weight.grad().defined());
  net.zero_grad();
  CHECK_FALSE(net.out.weight.grad().defined());
}

TEST_CASE("module: names must be new and without dots") {
  struct Twice final : Module {
    Linear a{1, 1}, b{1, 1};
    explicit Twice(const std::string& name) {
      register_module("a", a);
      register_module(name, b);
    }
    Variable forward(const Variable& x) override { return x; }
    std::string describe() const override { return "Twice"; }
  };
  CHECK_THROWS_WITH_AS(Twice("a"), "module: name \"a\": is taken", ValueError);
  CHECK_THROWS_WITH_AS(Twice("a.b"), "module: name \"a.b\": needs one without dots", ValueError);
}

TEST_CASE("linear: error texts") {
  CHECK_THROWS_WITH_AS(Linear(0, 3), "Linear: 0 inputs and 3 outputs: needs at least 1 of each", ValueError);
  Linear layer(4, 3);
  CHECK_THROWS_WITH_AS(layer(Variable(Tensor::ones({2, 5}))), "linear: [2,5] by weight [3,4]: needs [..., in] by [out, in]", ShapeError);
  CHECK(layer(Variable(Tensor::ones({2, 7, 4}))).shape() == Shape{2, 7, 3});
}

TEST_CASE("activation: by name, as the functions of the same name") {
  const Variable x(Tensor::of<float>({-2, -0.5, 0.5, 2}, {2, 2}));
  const auto same = [&](const char* text, const Variable& want) {
    const Tensor got = (*make_activation(text))(x).data();
    CAPTURE(text);
    for (int64_t i = 0; i < 4; ++i) CHECK(got.data<float>()[i] == want.data().data<float>()[i]);
  };
  same("relu", relu(x));
  same("leaky_relu:0.3", leaky_relu(x, 0.3));
  same("elu", elu(x));
  same("selu", selu(x));
  same("gelu", gelu(x));
  same("silu", silu(x));
  same("softplus", softplus(x));
  same("tanh", tanh(x));
  same("sigmoid", sigmoid(x));
  CHECK_THROWS_WITH_AS(make_activation("rleu"), "rleu: no such activation, did you mean relu?", ValueError);
}
