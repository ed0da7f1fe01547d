#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/data/dataset.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
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

bool only_dense(const Case& c) {
  for (const std::string& name : c.inputs)
    if (c.in(name).rank() == 4 || name.find("running") != std::string::npos) return false;
  return true;
}

double zero_share(const Tensor& gradient) {
  int64_t zeros = 0;
  for (const float g : gradient.values<float>()) zeros += g == 0;
  return static_cast<double>(zeros) / static_cast<double>(gradient.numel());
}

}  // namespace

TEST_CASE("reference: a census counts the units that PyTorch counts") {
  int passed = 0;
  std::string skipped;
  for (const Case& c : cases()) {
    if (c.group != "dead") continue;
    if (!only_dense(c)) {
      skipped += " " + c.name;
      continue;
    }
    const auto net = dense_net(c);
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
        CHECK(layer.counts.fired[static_cast<std::size_t>(u)] == want_fired.at({u}));
        dead += layer.is_dead(u);
      }
      if (layer.poisoned() == 0)
        CHECK(layer.zero_activations() == doctest::Approx(c.output(layer.name + ".zero_fraction").want.item()));
    }
    CHECK(census.dead() == dead);

    if (c.name == "dead/nan_weight") {  // shares of zero gradient are PyTorch's convention there
      ++passed;
      continue;
    }
    const Variable y = (*net)(Variable(c.in("x")));
    const Variable loss = c.text("loss") == "mse" ? mse_loss(y, c.in("target")) : softmax_cross_entropy(y, c.in("target"));
    check(c, c.output("loss"), loss.data(), "loss");
    check(c, c.output("logits"), y.data(), "logits");
    loss.backward();
    for (const auto& [name, p] : net->named_parameters())
      CHECK(zero_share(p.grad()) == doctest::Approx(c.output(name + ".zero_grad_fraction").want.item()));
    ++passed;
  }
  MESSAGE("ran " << passed << " cases; skipped, as there are no such layers yet:" << skipped);
  CHECK(passed >= 4);
}

TEST_CASE("reference: an MLP trains as in PyTorch, step by step") {
  int passed = 0;
  std::string skipped;
  for (const Case& c : cases()) {
    if (c.group != "train") continue;
    if (c.op != "train_mlp") {
      skipped += " " + c.name;
      continue;
    }
    const auto net = dense_net(c);
    const auto optimizer = make_optimizer(c.text("optimizer") == "SGD" ? "sgd" : "adam", net->parameters(),
                                          {.lr = c.number("args/lr"), .momentum = c.number("args/momentum")});
    const int64_t samples = c.in("x").size(0), batch = static_cast<int64_t>(c.number("batch"));
    const ImageDataset images(c.in("x").reshape({samples, 1, 28, 28}), c.in("target"), 10);
    Tensor losses = Tensor::empty(c.output("loss").want.shape());
    for (int64_t t = 0; t < losses.numel(); ++t) {
      const Tensor order = Tensor::arange(samples).slice(0, t * batch % samples, t * batch % samples + batch);
      const Batch b = images.get(std::span<const int64_t>(order.data<int64_t>(), static_cast<std::size_t>(batch)));
      optimizer->zero_grad();
      const Variable loss = softmax_cross_entropy((*net)(flatten(Variable(b.inputs))), b.labels);
      losses.mutable_data<float>()[t] = static_cast<float>(loss.item());
      loss.backward();
      optimizer->step();
    }
    check(c, c.output("loss"), losses, "loss");
    for (const auto& [name, tensor] : net->state_dict())
      for (const Expected& e : c.outputs)
        if (e.name == name) check(c, e, tensor, "weights at the end");
    ++passed;
  }
  MESSAGE("ran " << passed << " cases; skipped, as there are no such layers yet:" << skipped);
  CHECK(passed == 2);
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
    CHECK(std::abs(std::sqrt(squares - mean * mean) - c.expectation("std")) <= c.expectation("std_within"));
    if (c.expectation("bound") > 0) {
      CHECK(largest <= c.expectation("bound") * (1 + 1e-6));
      CHECK(largest >= c.expectation("largest_at_least"));
    }
    ++passed;
  }
  CHECK(passed == 8);
}
