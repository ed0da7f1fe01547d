// What nn/ says that no other test here quotes: sizes that are none, censuses and rows that do not
// belong together, and undefined inputs.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "lively/autograd/ops.h"
#include "lively/nn/conv.h"
#include "lively/nn/conv_transpose.h"
#include "lively/nn/embedding.h"
#include "lively/nn/group_norm.h"
#include "lively/nn/linear.h"
#include "lively/nn/liveness/prophecy.h"
#include "lively/nn/liveness/starved.h"
#include "lively/nn/lsuv.h"
#include "lively/nn/mlp.h"
#include "lively/nn/norm.h"
#include "lively/nn/pad.h"
#include "lively/nn/pool.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/residual.h"
#include "lively/nn/resnet.h"
#include "lively/nn/sequential.h"
#include "lively/nn/shaping.h"
#include "lively/nn/stack.h"

using namespace lively;

TEST_CASE("errors: layers of no size") {
  CHECK_THROWS_WITH_AS(
      Embedding(0, 3), "Embedding: 0 words of 3: needs at least 1 of each", ValueError);
  CHECK_THROWS_WITH_AS(LayerNorm({2, 0}),
      "LayerNorm: sizes [2,0], eps 1e-05: needs at least one element, and eps above 0", ValueError);
  CHECK_THROWS_WITH_AS(LayerNorm({2}, 0),
      "LayerNorm: sizes [2], eps 0: needs at least one element, and eps above 0", ValueError);
}

TEST_CASE("errors: find_starved with the census of another model") {
  Sequential narrow, wide;
  narrow.add<Linear>(2, 3);
  narrow.add<ReLU>();
  wide.add<Linear>(2, 4);
  wide.add<ReLU>();
  const auto once = [](bool& taken) {
    return [&taken](Tensor& inputs) {
      inputs = Tensor::ones({2, 2});
      return !std::exchange(taken, true);
    };
  };
  bool taken = false, taken_again = false;
  Census census = take_census(narrow, once(taken));
  CHECK_THROWS_WITH_AS(
      find_starved(
          wide, once(taken_again), [](const Variable& y) { return sum(y); }, census),
      "find_starved: rectifier call 0 with 4 units: is not in the census", StateError);
}

TEST_CASE("errors: prophesy for units that do not fit their inputs or their optimizer") {
  const UnitRow two{{-1, -1, -1}, true, {}, {}}, three{{-1, -1, -1, -1}, true, {}, {}};
  Outlook outlook;
  outlook.law = UpdateLaw{.rates = {{.lr = 0.1}, {.lr = 0.1}, {.lr = 0.1}}};
  outlook.inputs = [](const std::function<void(const Tensor&)>& see) { see(Tensor::ones({1, 2})); };
  CHECK_THROWS_WITH_AS(
      prophesy({two, three}, outlook), "prophesy: units with 2 and 3 weights", ShapeError);
  CHECK_THROWS_WITH_AS(
      prophesy({three}, outlook), "prophesy: inputs [1,2] for units with 3 weights", ShapeError);
  UnitRow moves = two;
  moves.reach = {1, 1, 1};
  CHECK_THROWS_WITH_AS(prophesy({moves}, outlook),
      "prophesy: a unit row without a replay that moves under its law", ValueError);
  UnitRow short_residue = two;
  short_residue.residue = {1};
  CHECK_THROWS_WITH_AS(prophesy({short_residue}, outlook),
      "unit row: 3 parameters with a residue of 1 and a reach of 0: needs 3 or none and 3 or none",
      ShapeError);
}

TEST_CASE("errors: every module says that its input is undefined") {
  struct Row {
    const char* op;
    std::unique_ptr<Module> module;
  };
  std::vector<Row> rows;
  const auto add = [&rows]<class M>(const char* op, std::unique_ptr<M> module) {
    rows.push_back({op, std::move(module)});
  };
  add("linear", std::make_unique<Linear>(2, 3));
  add("affine", std::make_unique<StackedLinear>(2, 2, 3));
  add("conv2d", std::make_unique<Conv2d>(1, 2, 3));
  add("conv_transpose2d", std::make_unique<ConvTranspose2d>(1, 2, 3));
  add("group_norm", std::make_unique<GroupNorm>(1, 3));
  add("InstanceNorm1d", std::make_unique<InstanceNorm1d>(3));
  add("InstanceNorm2d", std::make_unique<InstanceNorm2d>(3));
  add("pad", std::make_unique<ZeroPad2d>(1));
  add("pad", std::make_unique<ReflectionPad2d>(1));
  add("pad", std::make_unique<ReplicationPad2d>(1));
  add("embedding", std::make_unique<Embedding>(4, 3));
  add("BatchNorm1d", std::make_unique<BatchNorm1d>(3));
  add("BatchNorm2d", std::make_unique<BatchNorm2d>(3));
  add("layer_norm", std::make_unique<LayerNorm>(Shape{3}));
  add("max_pool2d", std::make_unique<MaxPool2d>(PoolOptions{.kernel = 2}));
  add("avg_pool2d", std::make_unique<AvgPool2d>(PoolOptions{.kernel = 2}));
  add("adaptive_avg_pool2d", std::make_unique<AdaptiveAvgPool2d>(1));
  add("adaptive_max_pool2d", std::make_unique<AdaptiveMaxPool2d>(1));
  add("flatten", std::make_unique<Flatten>());
  add("dropout", std::make_unique<Dropout>(0.5));
  add("alpha_dropout", std::make_unique<AlphaDropout>(0.5));
  for (const std::string& name : activation_names()) {
    if (name == "identity") continue;
    const std::string op = name.substr(0, name.find(':'));
    CAPTURE(op);
    CHECK_THROWS_WITH_AS((*make_activation(name))(Variable()),
        (op + ": tensor is undefined (a gradient before backward()?)").c_str(), StateError);
  }
  const auto net = mlp({.inputs = 2, .depth = 1, .width = 3, .classes = 2});
  for (const Row& row : rows) {
    CAPTURE(row.op);
    CHECK_THROWS_WITH_AS((*row.module)(Variable()),
        (std::string(row.op) + ": tensor is undefined (a gradient before backward()?)").c_str(),
        StateError);
  }
  CHECK_THROWS_AS((*net)(Variable()), StateError);
  CHECK_THROWS_WITH_AS(lsuv(*net, Tensor(), {}, Seed{1}),
      "lsuv: tensor is undefined (a gradient before backward()?)", StateError);
}
