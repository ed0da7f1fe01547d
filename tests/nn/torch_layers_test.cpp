// Layers that users of PyTorch bring along: their state under PyTorch's keys, what they refuse,
// what they say of themselves, and that those who read a model are not misled by them. Their values
// are held to PyTorch's in tests/reference.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "lively/autograd/ops.h"
#include "lively/nn/conv.h"
#include "lively/nn/conv_transpose.h"
#include "lively/nn/embedding.h"
#include "lively/nn/group_norm.h"
#include "lively/nn/initializer.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/census.h"
#include "lively/nn/liveness/feed.h"
#include "lively/nn/liveness/surgery.h"
#include "lively/nn/liveness/wires.h"
#include "lively/nn/norm.h"
#include "lively/nn/pad.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"
#include "tests/bits.h"

using namespace lively;
using lively::testing::same_bits;

namespace {

Tensor random_input(const Shape& shape, uint64_t index = 0) {
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{4}, "torch layers", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

using Keys = std::vector<std::string>;
Keys keys_of(const Module& module) {
  Keys keys;
  for (const auto& [name, tensor] : module.state_dict())
    keys.push_back(name + " " + tensor.shape().to_string());
  return keys;
}

}  // namespace

TEST_CASE("torch layers: value of PyTorch's keys and shapes") {
  CHECK(keys_of(GroupNorm(2, 4)) == Keys{"weight [4]", "bias [4]"});
  CHECK(keys_of(GroupNorm(2, 4, {.affine = false})).empty());
  CHECK(keys_of(InstanceNorm2d(3)).empty());
  CHECK(keys_of(InstanceNorm1d(3, {.affine = true, .track_running_stats = true})) ==
        Keys{"weight [3]", "bias [3]", "running_mean [3]", "running_var [3]",
            "num_batches_tracked []"});
  CHECK(keys_of(ConvTranspose2d(4, 6, {3, 2}, {.groups = 2})) ==
        Keys{"weight [4,3,3,2]", "bias [6]"});
  CHECK(keys_of(ConvTranspose2d(4, 6, 3, {}, Bias::none)) == Keys{"weight [4,6,3,3]"});
  CHECK(keys_of(Embedding(5, 2, Seed{0}, Dtype::float32, 1)) == Keys{"weight [5,2]"});
  CHECK(keys_of(ReflectionPad2d(1)).empty());
}

TEST_CASE("torch layers: value of descriptions") {
  CHECK(GroupNorm(2, 4).describe() == "GroupNorm(2, 4)");
  CHECK(GroupNorm(2, 4, {.affine = false}).describe() == "GroupNorm(2, 4, no weights)");
  CHECK(InstanceNorm2d(3).describe() == "InstanceNorm2d(3)");
  CHECK(ConvTranspose2d(
            4, 6, {3, 2}, {.stride = 2, .output_padding = {1, 0}, .groups = 2}, Bias::none)
            .describe() ==
        "ConvTranspose2d(4, 6, 3x2, stride 2, output padding 1x0, groups 2, no bias)");
  CHECK(ReplicationPad2d({1, 2, 0, 3}).describe() == "ReplicationPad2d(1, 2, 0, 3)");
  CHECK(Embedding(5, 2).describe() == "Embedding(5, 2)");
  CHECK(Embedding(5, 2, Seed{0}, Dtype::float32, -1).describe() == "Embedding(5, 2, padding -1)");
}

TEST_CASE("torch layers: error texts") {
  CHECK_THROWS_WITH_AS(GroupNorm(3, 4),
      "GroupNorm: 4 channels in 3 groups, eps 1e-05: needs at least 1 of each, groups that divide "
      "the channels, and eps above 0",
      ValueError);
  CHECK_THROWS_WITH_AS(GroupNorm(2, 4)(Variable(random_input({2, 6, 3}))),
      "GroupNorm: [2,6,3]: needs [N, 4, ...]", ShapeError);
  CHECK_THROWS_WITH_AS(InstanceNorm1d(0),
      "InstanceNorm1d: 0 channels, eps 1e-05, momentum 0.1: needs at least 1, above 0, and from 0 "
      "to 1",
      ValueError);
  CHECK_THROWS_WITH_AS(InstanceNorm2d(3)(Variable(random_input({2, 4, 5, 5}))),
      "InstanceNorm2d: [2,4,5,5]: needs [N,3,H,W] or [3,H,W]", ShapeError);
  CHECK_THROWS_WITH_AS(InstanceNorm1d(3)(Variable(random_input({2, 3, 1}))),
      "instance_norm: [2,3,1]: needs channels of at least 2 values in each sample", ValueError);
  CHECK_THROWS_WITH_AS(ConvTranspose2d(2, 0, 3),
      "ConvTranspose2d: 2 to 0 channels, kernel 3x3: needs at least 1 of each", ValueError);
  CHECK_THROWS_WITH_AS(ConvTranspose2d(4, 3, 3, {.groups = 2}),
      "ConvTranspose2d: 4 to 3 channels in 2 groups: must divide both", ValueError);
  CHECK_THROWS_WITH_AS(ConvTranspose2d(4, 3, 3, {.padding = -1}),
      "ConvTranspose2d: stride 1x1, padding -1x-1, output padding 0x0, dilation 1x1, groups 1: "
      "needs paddings of at least 0, the others of at least 1, and an output padding below the "
      "stride or the dilation",
      ValueError);
  CHECK_THROWS_AS(ConvTranspose2d(4, 3, 3, {.stride = 2, .output_padding = 2}), ValueError);
  CHECK_THROWS_AS(ConvTranspose2d(4, 3, 3, {.output_padding = -1}), ValueError);
  CHECK_THROWS_AS(ConvTranspose2d(4, 3, 3, {.dilation = 0}), ValueError);
  CHECK_NOTHROW(ConvTranspose2d(4, 3, 3, {.output_padding = 1, .dilation = 2}));
  CHECK_THROWS_WITH_AS(
      ReflectionPad2d({1, 0, -1, 0}), "ReflectionPad2d(1, 0, -1, 0): needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(Embedding(5, 2, Seed{0}, Dtype::float32, 5),
      "Embedding: padding index 5: needs -5 to 4", ValueError);
}

TEST_CASE("Sequential: a module by its place, also from the end") {
  Sequential net;
  net.add<Linear>(2, 3);
  net.add<ReLU>();
  CHECK(&net[-1] == &net[1]);
  CHECK(net[-2].describe() == "Linear(2, 3)");
  CHECK_THROWS_WITH_AS((void)net[2], "Sequential: module 2 of 2: needs -2 to 1", ValueError);
  CHECK_THROWS_AS((void)net[-3], ValueError);
}

TEST_CASE("Embedding: a padding row starts as 0 and stays so") {
  Embedding layer(5, 3, Seed{1}, Dtype::float32, -2);
  const Variable y = layer(Variable(Tensor::of<int64_t>({3, 0, 3})));
  for (const int64_t row : {0, 2})
    for (int64_t i = 0; i < 3; ++i) CHECK(y.data().at({row, i}) == 0);
  sum(y).backward();
  for (int64_t i = 0; i < 3; ++i) {
    CHECK(layer.weight.grad().at({3, i}) == 0);
    CHECK(layer.weight.grad().at({0, i}) == 1);
  }
}

TEST_CASE("InstanceNorm: one sample is what it is among others, and moves what is tracked") {
  const Tensor x = random_input({3, 4, 5, 6});
  InstanceNorm2d norm(4, {.affine = true, .track_running_stats = true});
  const Tensor all = norm(Variable(x)).data(), one = norm(Variable(x.select(0, 1))).data();
  CHECK(all_finite(one));
  CHECK(same_bits(all.select(0, 1), one));
  CHECK(norm.running.mean.at({0}) != 0);
  CHECK(norm.state_dict().back().value.item() == 0);  // as PyTorch leaves it
  norm.eval();
  CHECK(!same_bits(norm(Variable(x)).data(), all));
}

TEST_CASE("ConvTranspose2d: keeps the size of a signal, and undoes a convolution's shape") {
  const Tensor x = random_input({2, 8, 9, 9});
  ConvTranspose2d up(8, 16, 4, {.stride = 2, .padding = 1});
  const Tensor y = up(Variable(x)).data();
  CHECK(y.shape() == Shape{2, 16, 18, 18});
  double squares = 0;
  const Tensor flat = y.contiguous();
  for (const float v : flat.values<float>())
    squares += static_cast<double>(v) * static_cast<double>(v);
  // he_uniform: twice the mean square of the input, which a relu halves.
  CHECK(squares / static_cast<double>(y.numel()) == doctest::Approx(2).epsilon(0.25));
  Conv2d down(16, 8, 4, {.stride = 2, .padding = 1});
  CHECK(down(Variable(y)).shape() == x.shape());
}

TEST_CASE("torch layers: readers of a model are not misled by what mixes units") {
  const auto net_with = [](int which) {
    auto net = std::make_unique<Sequential>();
    net->add<Conv2d>(2, 4, 3, ConvOptions{.padding = 1});
    if (which == 0) net->add<GroupNorm>(2, 4);
    if (which == 1) net->add<InstanceNorm2d>(4);
    if (which == 2) net->add<ConvTranspose2d>(4, 4, 3, ConvTransposeOptions{.padding = 1});
    if (which == 3) net->add<LayerNorm>(Shape{5, 5});
    net->add<ReLU>();
    net->add<Conv2d>(4, 3, 3, ConvOptions{.padding = 1});
    return net;
  };
  const Tensor x = random_input({6, 2, 5, 5});
  for (int which = 0; which < 5; ++which) {
    CAPTURE(which);
    const auto net = net_with(which);
    bool taken = false;
    const Census census = take_census(*net, [&](Tensor& inputs) {
      inputs = x;
      return !std::exchange(taken, true);
    });
    REQUIRE(census.layers.size() == 1);
    CHECK(census.layers[0].units() == 4);
    const auto wires = detail::wires_of(*net, census);
    Feeds feeds(*net);
    (void)feeds.run(Variable(x));
    if (which == 4) {  // nothing between
      CHECK(wires[0].unknown == "");
      CHECK(feeds.source(0).layer == "0");
    } else {
      CHECK(wires[0].unknown == "no weighted layer leads straight to its rectifier");
      CHECK(feeds.source(0).unknown == "what leads to its rectifier is mixed by 1");
    }
  }
}
