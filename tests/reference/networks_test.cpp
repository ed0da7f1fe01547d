#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/data/dataset.h"
#include "lively/nn/conv.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/norm.h"
#include "lively/nn/pool.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"
#include "lively/optim/optimizer.h"
#include "tests/reference/case.h"

using namespace lively;
using namespace lively::testing;

namespace {

// The dense network of a case, "0.weight" and so on, with its weights.
std::unique_ptr<Sequential> dense_net(const Case& c) {
  auto net = std::make_unique<Sequential>();
  StateDict state;
  for (std::size_t layer = 0; c.has(std::to_string(layer) + ".weight"); layer += 2) {
    const std::string key = std::to_string(layer);
    const Tensor& weight = c.in(key + ".weight");
    if (layer > 0) net->add(make_activation("relu"));
    net->add<Linear>(weight.shape()[1], weight.shape()[0]);
    state.push_back({key + ".weight", weight});
    state.push_back({key + ".bias", c.in(key + ".bias")});
  }
  net->load_state_dict(state);
  return net;
}

// The network of a case about dead units: layers one after the other, under the case's names, and
// sums with what was saved before.
class CaseNet final : public Module {
 public:
  explicit CaseNet(const Case& c) : layers_(c.layers()) {
    StateDict state;
    for (const Case::Layer& l : layers_) {
      std::unique_ptr<Module> made;
      if (l.type == "relu") made = std::make_unique<ReLU>();
      if (l.type == "flatten") made = std::make_unique<Flatten>();
      if (l.type == "max_pool2d") made = std::make_unique<MaxPool2d>(PoolOptions{.kernel = l.size});
      if (l.type == "batch_norm")
        made = std::make_unique<BatchNorm1d>(c.in(l.name + ".weight").numel());
      if (l.type == "linear" || l.type == "conv2d") {
        const Shape& w = c.in(l.name + ".weight").shape();
        if (l.type == "linear")
          made = std::make_unique<Linear>(w[1], w[0]);
        else
          made = std::make_unique<Conv2d>(
              w[1], w[0], Pair(w[2], w[3]), ConvOptions{.padding = l.size});
      }
      if (made)
        register_module(
            l.name.empty() ? "unnamed" + std::to_string(modules_.size()) : l.name, *made);
      modules_.push_back(std::move(made));
    }
    for (const auto& [name, tensor] : state_dict())
      state.push_back({name, c.has(name) ? c.in(name) : tensor});  // all but num_batches_tracked
    load_state_dict(state);
    eval();
  }
  Variable forward(const Variable& x) override {
    Variable y = x, saved;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].type == "save") saved = y;
      if (layers_[i].type == "add") y = y + saved;
      if (modules_[i]) y = (*modules_[i])(y);
    }
    return y;
  }
  std::string describe() const override { return "CaseNet"; }

 private:
  std::vector<Case::Layer> layers_;
  std::vector<std::unique_ptr<Module>> modules_;
};

// Loss for loss and weight for weight, `steps` of them on one batch or several.
void train_case(const Case& c, Module& net, const ImageDataset& images, int64_t batch, bool flat) {
  const auto optimizer =
      make_optimizer(c.text("optimizer") == "SGD" ? "sgd" : "adam", net.parameters(),
          {.lr = c.number("args/lr"),
              .momentum = c.number("args/momentum"),
              .weight_decay = c.number("args/weight_decay")});
  Tensor losses = Tensor::empty(c.output("loss").want.shape());
  for (int64_t t = 0; t < losses.numel(); ++t) {
    const Tensor order =
        Tensor::arange(images.size())
            .slice(0, t * batch % images.size(), t * batch % images.size() + batch);
    const Batch b = images.get(
        std::span<const int64_t>(order.data<int64_t>(), static_cast<std::size_t>(batch)));
    optimizer->zero_grad();
    const Variable x(b.inputs);
    const Variable loss = softmax_cross_entropy(net(flat ? flatten(x) : x), b.labels);
    losses.mutable_data<float>()[t] = static_cast<float>(loss.item());
    loss.backward();
    optimizer->step();
  }
  check(c, c.output("loss"), losses, "loss");
  for (const auto& [name, tensor] : net.state_dict())
    for (const Expected& e : c.outputs)
      if (e.name == name) check(c, e, tensor, "weights at the end");
}

double zero_share(const Tensor& gradient) {
  int64_t zeros = 0;
  for (const float g : gradient.values<float>()) zeros += g == 0;
  return static_cast<double>(zeros) / static_cast<double>(gradient.numel());
}

}  // namespace

TEST_CASE("reference: a census counts the units that PyTorch counts") {
  int passed = 0;
  for (const Case& c : cases()) {
    if (c.group != "dead") continue;
    const auto net = std::make_unique<CaseNet>(c);
    // In two batches, so that counts add up.
    const int64_t n = c.in("x").size(0), half = n / 3;
    int calls = 0;
    const Census census = take_census(*net, [&](Tensor& inputs) {
      inputs = calls == 0 ? c.in("x").slice(0, 0, half) : c.in("x").slice(0, half, n);
      return ++calls <= 2;
    });
    CHECK(census.samples == n);
    int64_t dead = 0;
    for (const LayerPulse& layer : census.layers) {
      const Tensor& want_dead = c.output(layer.name + ".dead").want;
      const Tensor& want_nan = c.output(layer.name + ".has_nan").want;
      const Tensor& want_fired = c.output(layer.name + ".fire_count").want;
      for (int64_t u = 0; u < layer.units(); ++u) {
        CAPTURE(c.name);
        CAPTURE(u);
        CHECK(layer.is_dead(u) == (want_dead.at({u}) != 0));
        CHECK(layer.is_poisoned(u) == (want_nan.at({u}) != 0));
        CHECK(layer.counts.active[static_cast<std::size_t>(u)] ==
              want_fired.at({u}));  // at positions
        dead += layer.is_dead(u);
      }
      if (layer.poisoned() == 0)
        CHECK(layer.zero_activations() ==
              doctest::Approx(c.output(layer.name + ".zero_fraction").want.item()));
    }
    CHECK(census.dead() == dead);

    if (c.name == "dead/nan_weight") {  // shares of zero gradient are PyTorch's convention there
      ++passed;
      continue;
    }
    const Variable y = (*net)(Variable(c.in("x")));
    const Variable loss = c.text("loss") == "mse" ? mse_loss(y, c.in("target"))
                                                  : softmax_cross_entropy(y, c.in("target"));
    check(c, c.output("loss"), loss.data(), "loss");
    check(c, c.output("logits"), y.data(), "logits");
    loss.backward();
    for (const auto& [name, p] : net->named_parameters())
      CHECK(zero_share(p.grad()) ==
            doctest::Approx(c.output(name + ".zero_grad_fraction").want.item()));
    ++passed;
  }
  CHECK(passed == 6);
}

TEST_CASE("reference: networks train as in PyTorch, step by step") {
  int passed = 0;
  for (const Case& c : cases()) {
    if (c.group != "train") continue;
    const Shape& x = c.in("x").shape();
    if (c.op == "train_mlp") {
      const ImageDataset images(c.in("x").reshape({x[0], 1, 28, 28}), c.in("target"), 10);
      train_case(c, *dense_net(c), images, static_cast<int64_t>(c.number("batch")), true);
    } else {
      const auto net = resnet(
          {.depth = 8, .width = 4, .shortcut = Shortcut::b, .activation = c.text("activation")});
      StateDict state = net->state_dict();
      for (auto& [name, tensor] : state)
        if (c.has(name)) tensor = c.in(name).clone();
      net->load_state_dict(state);
      const ImageDataset images(c.in("x"), c.in("target"), 10);
      train_case(c, *net, images, x[0], false);
      net->eval();
      const Tensor order = Tensor::arange(x[0]);
      const Batch all = images.get(
          std::span<const int64_t>(order.data<int64_t>(), static_cast<std::size_t>(x[0])));
      check(c, c.output("eval_logits"), (*net)(Variable(all.inputs)).data(),
          "logits in evaluation mode");
    }
    ++passed;
  }
  CHECK(passed == 4);
}

TEST_CASE("reference: uniform initialisers have PyTorch's statistics") {
  // The normal ones follow Keras and are truncated: same variance, other law.
  int passed = 0;
  for (const Case& c : cases()) {
    if (c.group != "init") continue;
    Shape shape;
    for (const auto& n : c.integers("shape")) shape.push_back(*n);
    Tensor weight = Tensor::empty(shape);
    Stream stream(Seed{1}, c.name);
    (void)Initializer::parse(c.op).fill(weight, nullptr, LayerPlace::inner, stream);
    double mean = 0, squares = 0, largest = 0;
    for (const float w : weight.values<float>()) {
      mean += w / static_cast<double>(weight.numel());
      squares += static_cast<double>(w) * w / static_cast<double>(weight.numel());
      largest = std::max(largest, std::abs(static_cast<double>(w)));
    }
    CAPTURE(c.name);
    CHECK(std::abs(mean) <= c.expectation("mean_within"));
    CHECK(std::abs(std::sqrt(squares - mean * mean) - c.expectation("std")) <=
          c.expectation("std_within"));
    if (c.expectation("bound") > 0) {
      CHECK(largest <= c.expectation("bound") * (1 + 1e-6));
      CHECK(largest >= c.expectation("largest_at_least"));
    }
    ++passed;
  }
  CHECK(passed == 8);
}
