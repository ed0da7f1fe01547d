#include "lively/nn/conv.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "lively/autograd/ops.h"
#include "lively/nn/embedding.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/place.h"
#include "lively/nn/norm.h"
#include "lively/nn/pool.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/residual.h"
#include "lively/nn/resnet.h"
#include "lively/tensor/random.h"
#include "lively/tensor/reduce.h"
#include "tests/distance.h"

using namespace lively;
using lively::testing::distance;

namespace {

Tensor random(const Shape& shape, uint64_t index = 0) {
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{3}, "conv test", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

}  // namespace

TEST_CASE("Conv2d: value equals plain loops, for every tile and layout") {
  for (const int64_t out : {1, 6, 8, 16, 24, 31, 32, 64, 100}) {
    for (const int64_t side : {5, 7, 14}) {
      const Tensor x = random({3, 5, side, side + 1}), w = random({out, 5, 3, 3}, 1),
                   b = random({out}, 2);
      const ConvOptions options{.stride = {1, 2}, .padding = {1, 0}};
      CAPTURE(out);
      CAPTURE(side);
      const Tensor want = plain_conv2d(x, w, b, options);
      CHECK(distance(conv2d(x, w, b, options), want) < 2e-5);
      CHECK(distance(conv2d(channels_last(x), w, b, options), want) < 2e-5);
      CHECK(distance(conv2d(x.transpose(2, 3).contiguous().transpose(2, 3), w, b, options), want) <
            2e-5);
    }
  }
}

TEST_CASE("Conv2d: value of an empty batch and of one sample") {
  Conv2d conv(2, 3, 3, {.padding = 1});
  CHECK(conv(Variable(Tensor::zeros({0, 2, 4, 4}))).shape() == Shape{0, 3, 4, 4});
  Variable none = parameter(Tensor::zeros({0, 2, 4, 4}));
  sum(conv(none)).backward();
  CHECK(none.grad().shape() == Shape{0, 2, 4, 4});
  CHECK(conv.weight.grad().shape() == conv.weight.shape());
  const Tensor x = random({4, 2, 4, 4});
  const Variable all = conv(Variable(x)), one = conv(Variable(x.slice(0, 2, 3)));
  CHECK(distance(all.data().slice(0, 2, 3), one.data()) == 0);
}

TEST_CASE("Conv2d: error texts") {
  CHECK_THROWS_WITH_AS(
      Conv2d(0, 3, 3), "Conv2d: 0 to 3 channels, kernel 3x3: needs at least 1 of each", ValueError);
  CHECK_THROWS_WITH_AS(Conv2d(4, 3, 3, {.groups = 2}),
      "Conv2d: 4 to 3 channels in 2 groups: must divide both", ValueError);
  Conv2d conv(2, 3, 3);
  CHECK_THROWS_WITH_AS(conv(Variable(random({1, 3, 5, 5}))),
      "conv2d: [1,3,5,5] by [3,2,3,3] in 1 group: channels do not fit", ShapeError);
  CHECK_THROWS_WITH_AS(conv(Variable(random({1, 2, 2, 5}))),
      "conv2d: [1,2,2,5] by [3,2,3,3]: the picture is smaller than the kernel", ShapeError);
  CHECK_THROWS_WITH_AS(conv(Variable(random({2, 5, 5}))),
      "conv2d: [2,5,5] by [3,2,3,3]: needs [N,C,H,W] by [O,C/groups,KH,KW]", ShapeError);
  CHECK_THROWS_WITH_AS((void)conv2d(random({1, 1, 3, 3}), random({1, 1, 3, 3}), {}, {.stride = 0}),
      "conv2d: stride 0x0, padding 0x0, dilation 1x1, groups 1: needs padding of at least 0, the "
      "others of at least 1",
      ValueError);
  CHECK_THROWS_WITH_AS((void)conv2d(random({1, 1, 3, 3}), random({2, 1, 3, 3}), random({1}), {}),
      "conv2d: bias [1] for weight [2,1,3,3]: needs [O]", ShapeError);
}

TEST_CASE("Conv2d: value of descriptions") {
  CHECK(Conv2d(1, 6, 5, {.padding = 2}).describe() == "Conv2d(1, 6, 5, padding 2)");
  CHECK(Conv2d(4, 6, {3, 1}, {.stride = {1, 2}, .groups = 2}, Bias::none).describe() ==
        "Conv2d(4, 6, 3x1, stride 1x2, groups 2, no bias)");
  CHECK(BatchNorm2d(3).describe() == "BatchNorm2d(3)");
  CHECK(resnet({.depth = 20})->describe() == "ResNet-a-20(1, 16, 10)");
  CHECK(MaxPool2d({.kernel = {2, 3}}).describe() == "MaxPool2d(2x3)");
}

TEST_CASE("pool: error texts") {
  const Variable x(random({1, 2, 4, 4}));
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.kernel = 5}),
      "max_pool2d: [1,2,4,4]: smaller than the kernel, 5x5", ShapeError);
  CHECK_THROWS_WITH_AS(avg_pool2d(x, {.kernel = 2, .padding = 2}),
      "avg_pool2d: kernel 2x2, stride 2x2, padding 2x2 and 2x2, dilation 1x1, divisor 0: needs a "
      "kernel, stride and dilation of at least 1, padding of at most half the kernel",
      ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.kernel = 2, .dilation = {0, 1}}),
      "max_pool2d: kernel 2x2, stride 2x2, padding 0x0 and 0x0, dilation 0x1, divisor 0: needs a "
      "kernel, stride and dilation of at least 1, padding of at most half the kernel",
      ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(x, {.kernel = 3, .dilation = 2}),
      "max_pool2d: [1,2,4,4]: smaller than the kernel, 3x3", ShapeError);
  CHECK_THROWS_WITH_AS(adaptive_avg_pool2d(x, 0),
      "adaptive_avg_pool2d: [1,2,4,4] to 0x0: needs sizes of at least 1", ValueError);
  CHECK_THROWS_WITH_AS(max_pool2d(Variable(random({2, 4, 4})), {.kernel = 2}),
      "max_pool2d: [2,4,4]: needs [N,C,H,W]", ShapeError);
}

TEST_CASE("pool: value where all places of a window are padding") {
  const Variable x = parameter(Tensor::ones({1, 1, 1, 1}));
  const PoolOptions options{
      .kernel = 2, .stride = 1, .padding = 2, .count_padding = false, .dilation = 3};
  const Variable largest = max_pool2d(x, options);
  CHECK(largest.shape() == Shape{1, 1, 2, 2});
  CHECK(max(largest.data()).item() == -INFINITY);
  const Tensor average = avg_pool2d(x, options).data();
  CHECK(average.shape() == largest.shape());
  CHECK(max(average).item() == 0);
  CHECK(min(average).item() == 0);
  sum(largest).backward();
  CHECK(x.grad().item() == 0);
}

TEST_CASE("pool: nan wins a maximum") {
  Tensor x = random({1, 20, 4, 4});
  x.mutable_data<float>()[5] = NAN;
  const Tensor y = max_pool2d(Variable(x), {.kernel = 2}).data();
  CHECK(std::isnan(y.at({0, 0, 0, 0})));
  CHECK_FALSE(std::isnan(y.at({0, 0, 0, 1})));
}

TEST_CASE("BatchNorm: evaluation mode is the identity at birth, and moves nothing") {
  BatchNorm2d bn(3);
  bn.eval();
  const Tensor x = random({2, 3, 4, 4});
  CHECK(distance(bn(Variable(x)).data(), x) < 1e-4);
  CHECK(bn.running.mean.at({0}) == 0);
  bn.train();
  (void)bn(Variable(x));
  CHECK(bn.running.mean.at({0}) != 0);
  const auto state = bn.state_dict();
  REQUIRE(state.size() == 5);
  CHECK(state[4].name == "num_batches_tracked");
  CHECK(state[4].value.item() == 1);
}

TEST_CASE("BatchNorm: error texts") {
  BatchNorm1d one(3);
  BatchNorm2d two(3);
  CHECK_THROWS_WITH_AS(
      one(Variable(random({2, 3, 4, 4}))), "BatchNorm1d: [2,3,4,4]: needs 2 or 3 axes", ShapeError);
  CHECK_THROWS_WITH_AS(
      two(Variable(random({2, 3}))), "BatchNorm2d: [2,3]: needs 4 axes", ShapeError);
  CHECK_THROWS_WITH_AS(one(Variable(random({1, 3}))),
      "batch_norm: [1,3]: the batch's moments need 2 values a channel", ValueError);
  CHECK_THROWS_WITH_AS(BatchNorm1d(0),
      "BatchNorm1d: 0 channels, eps 1e-05, momentum 0.1: needs at least 1, above 0, and from 0 to "
      "1",
      ValueError);
}

TEST_CASE("BatchNorm: a relu joined to it gives the same bits and gradients as one after it") {
  for (const Shape& shape : {Shape{6, 5}, Shape{3, 20, 5, 4}, Shape{2, 64, 3, 3}}) {
    const Tensor x = random(shape), g = random(shape, 1);
    Tensor gradients[2], results[2];
    for (const bool joined : {false, true}) {
      RunningMoments running{Tensor::zeros({shape[1]}), Tensor::ones({shape[1]})};
      const Variable w(random({shape[1]}, 2)), b(random({shape[1]}, 3));
      Variable in = parameter(x.clone());
      const Variable y = joined ? batch_norm_relu(in, w, b, running, NormBy::batch)
                                : relu(batch_norm(in, w, b, running, NormBy::batch));
      y.backward(g);
      results[joined] = y.data();
      gradients[joined] = in.grad();
    }
    CHECK(distance(results[0], results[1]) == 0);
    CHECK(distance(gradients[0], gradients[1]) == 0);
  }
}

TEST_CASE("Residual: value of every form") {
  const auto form = [](const char* text) {
    return Residual(
        std::make_unique<Linear>(3, 3), make_activation("relu"), ResidualForm::parse(text));
  };
  const Variable x(random({4, 3}));
  const Linear f(3, 3);  // drawn alike
  const Variable y = linear(x, f.weight, f.bias);
  CHECK(distance(form("add")(x).data(), relu(y + x).data()) == 0);
  CHECK(distance(form("add:post")(x).data(), relu(y + x).data()) == 0);
  CHECK(distance(form("add:pre")(x).data(), (relu(y) + x).data()) == 0);
  CHECK(distance(form("subtract")(x).data(), relu(y - x).data()) == 0);
  CHECK(distance(form("subtract:pre")(x).data(), (relu(y) - x).data()) == 0);
  CHECK_THROWS_WITH_AS((void)ResidualForm::parse("plus"),
      "plus: needs add or subtract, then :pre or :post or nothing", ValueError);
  Residual grows(std::make_unique<Linear>(3, 4), make_activation("relu"));
  CHECK_THROWS_WITH_AS(grows(x), "Residual: [4,3] became [4,4]: must keep its shape", ShapeError);
}

TEST_CASE("resnet: error texts") {
  CHECK_THROWS_WITH_AS((void)resnet({.depth = 9}),
      "resnet: depth 9: must be 6 n + 2: 8, 14, 20, 26, 32 ...", ValueError);
}

TEST_CASE("resnet: value of parameter counts, as the paper's networks have") {
  // 0.27 M for CIFAR-10's ResNet-20 (He et al. 2016, table 6), whose first layer has three
  // channels.
  CHECK(resnet({.depth = 20, .in_channels = 3})->parameter_count() == 269722);
  CHECK(resnet({.depth = 20})->parameter_count() == 269434);
  CHECK(resnet({.depth = 20, .shortcut = Shortcut::none})->parameter_count() == 269434);
}

TEST_CASE("resnet: a census names every rectifier, and fused ones count as separate ones do") {
  const Tensor x = random({6, 1, 12, 12});
  const auto census = [&](bool fused) {
    const auto net = resnet({.depth = 8, .width = 4});
    if (!fused)  // a hook waits for what lies between, and keeps the ops apart
      for (auto& [name, module] : net->named_modules())
        module->register_forward_hook([](Module&, const Variable&, const Variable&) {});
    bool given = false;
    return take_census(*net, [&](Tensor& in) {
      in = x;
      return !std::exchange(given, true);
    });
  };
  const Census joined = census(true), apart = census(false);
  REQUIRE(joined.layers.size() == 7);
  CHECK(joined.layers[0].name == "act");
  CHECK(joined.layers[1].name == "layer1.0.act1");
  CHECK(joined.layers[6].name == "layer3.0.act2");
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(joined.layers[i].name == apart.layers[i].name);
    CHECK(joined.layers[i].counts.fired == apart.layers[i].counts.fired);
    CHECK(joined.layers[i].counts.active == apart.layers[i].counts.active);
  }
}

TEST_CASE("resnet: value of a block, by its form and norm") {
  const Variable x(random({3, 2, 5, 5}));
  for (const bool norm : {true, false})
    for (const char* form : {"add", "add:pre", "subtract", "subtract:pre"}) {
      CAPTURE(norm);
      CAPTURE(form);
      const ResidualForm parsed = ResidualForm::parse(form);
      ResidualBlock block(2, 2, 1, {.form = parsed, .norm = norm});
      const auto layer = [&](const char* name) -> Module& {
        const auto all = block.named_modules();
        return *std::ranges::find(all, name, &Named<Module*>::name)->value;
      };
      const auto normed = [&](const char* name, const Variable& y) {
        return norm ? layer(name)(y) : y;
      };
      const Variable y = layer("conv1")(x),
                     f = normed("bn2", layer("conv2")(relu(normed("bn1", y))));
      const bool pre = parsed.activate == ResidualForm::Activate::pre,
                 adds = parsed.sum == ResidualForm::Sum::add;
      const Variable part = pre ? relu(f) : f, sum = adds ? part + x : part - x;
      CHECK(distance(block(x).data(), (pre ? sum : relu(sum)).data()) < 1e-5);
      // Who has no norm has biases, which a norm would take away again.
      CHECK(layer("conv1").as_weighted()->bias.defined() != norm);
      CHECK((block.child("bn1") != nullptr) == norm);
      CHECK(is_bypassed(block, "act2") == pre);
      CHECK(follows_sum(block, "act2") != pre);
    }
  CHECK(ResidualBlock(2, 4, 2, {.form = ResidualForm::parse("subtract:pre"), .norm = false})
            .describe() ==
        "ResidualBlock(2, 4, stride 2, shortcut a, subtracted, after the activation, no norm)");
  const auto none = resnet({.depth = 8, .width = 4, .shortcut = Shortcut::b, .norm = false});
  CHECK(none->named_buffers().empty());
  CHECK(none->describe() == "ResNet-b-8(1, 4, 10, no norm)");
  sum((*none)(Variable(random({3, 1, 9, 9})))).backward();
  for (const auto& parameter : none->named_parameters()) {
    CAPTURE(parameter.name);
    CHECK(parameter.value.grad().defined());
  }
}

TEST_CASE("resnet: the gradient reaches every parameter, and a census moves nothing") {
  const auto net = resnet({.depth = 14, .width = 4, .shortcut = Shortcut::b});
  sum((*net)(Variable(random({3, 1, 9, 9})))).backward();
  for (const auto& parameter : net->named_parameters()) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.value.grad().defined());
  }
  const StateDict before = [&] {
    StateDict copy;
    for (const auto& [name, t] : net->state_dict()) copy.push_back({name, t.clone()});
    return copy;
  }();
  bool given = false;
  (void)take_census(*net, [&](Tensor& in) {
    in = random({3, 1, 9, 9});
    return !std::exchange(given, true);
  });
  const StateDict after = net->state_dict();
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(std::equal(before[i].value.bytes(), before[i].value.bytes() + before[i].value.numel() * 4,
        after[i].value.bytes()));
}

TEST_CASE("Embedding: value is the row of each word") {
  Embedding e(5, 3);
  const Variable y = e(Variable(Tensor::of<int64_t>({4, 0, 4, 1}, {2, 2})));
  CHECK(y.shape() == Shape{2, 2, 3});
  CHECK(distance(y.data().select(0, 0).select(0, 0), e.weight.data().select(0, 4)) == 0);
  CHECK_THROWS_AS(e(Variable(Tensor::of<int64_t>({5}, {1}))), ValueError);
}
