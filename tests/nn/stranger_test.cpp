// Modules of a stranger's own, under names of their own: by what they state, readers find in them
// what they find in ours.
#include <doctest/doctest.h>

#include "lively/autograd/ops.h"
#include "lively/nn/initializer.h"
#include "lively/nn/liveness/feed.h"
#include "lively/nn/liveness/place.h"
#include "lively/nn/lsuv.h"
#include "lively/nn/mlp.h"
#include "lively/nn/norm.h"
#include "lively/nn/resnet.h"
#include "tests/nn/recount.h"

using namespace lively;
using namespace lively::testing;

namespace {

struct Dense final : WeightedLayer {
  Dense(int64_t in, int64_t out) { register_weights({out, in}, true, Dtype::float32); }
  Variable forward(const Variable& x) override { return linear(x, weight, bias); }
  std::string describe() const override { return "Dense"; }
};

struct Filter final : WeightedLayer {
  ConvOptions options{.padding = 1};
  Filter(int64_t in, int64_t out) { register_weights({out, in, 3, 3}, false, Dtype::float32); }
  Variable forward(const Variable& x) override { return conv2d(x, weight, bias, options); }
  std::string describe() const override { return "Filter"; }
  const ConvOptions* convolution() const override { return &options; }
};

struct Centre final : BatchNorm {
  explicit Centre(int64_t channels)
      : BatchNorm("Centre", 2, 4, channels, 1e-5, 0.1, Dtype::float32) {}
};

struct Gate final : Module {
  Variable forward(const Variable& x) override { return relu(x); }
  std::string describe() const override { return "Gate"; }
  std::string_view activation() const override { return "relu"; }
};

struct Noise final : Module {
  Variable forward(const Variable& x) override {
    return is_training() ? x * static_cast<double>(++drawn) : x;
  }
  std::string describe() const override { return "Noise"; }
  uint64_t* draws() override { return &drawn; }
  uint64_t drawn = 0;
};

// gate(centre(two(early(one(x)))) + side(x)).
template <class Layer>
struct Loop final : Module {
  Layer one{4, 4}, two{4, 4}, side{4, 4};
  Centre centre{4};
  Gate early, late;
  Loop() {
    register_module("one", one);
    register_module("early", early);
    register_module("two", two);
    register_module("centre", centre);
    register_module("side", side);
    register_module("late", late);
  }
  Variable forward(const Variable& x) override {
    const Variable branch = centre(two(early(one(x))));
    return late(branch + side(x));
  }
  std::string describe() const override { return "Loop"; }
  bool bypasses(const Module& child) const override { return &child == &early; }
  bool sums_before(const Module& child) const override { return &child == &late; }
  bool carries(const Module& child) const override { return &child == &side; }
};

}  // namespace

TEST_CASE("stranger: a block states where its layers stand, as ours does") {
  Sequential net;
  net.add<Loop<Dense>>();
  const auto ours =
      resnet({.depth = 8, .width = 4, .classes = 3, .shortcut = Shortcut::b, .activation = "relu"});
  struct Row {
    const char *his, *own;
    bool bypassed, summed, carried;
  };
  for (const Row& row : {Row{"0.early", "layer2.0.act1", true, false, false},
           Row{"0.early#2", "layer2.0.act1#2", true, false, false},
           Row{"0.late", "layer2.0.act2", false, true, false},
           Row{"0.two.weight", "layer2.0.conv2.weight", false, false, false},
           Row{"0.side.weight", "layer2.0.downsample.0.weight", false, false, true},
           Row{"", "", false, false, false}}) {
    CAPTURE(row.his);
    CHECK(is_bypassed(net, row.his) == row.bypassed);
    CHECK(is_bypassed(*ours, row.own) == row.bypassed);
    CHECK(follows_sum(net, row.his) == row.summed);
    CHECK(follows_sum(*ours, row.own) == row.summed);
    CHECK(is_carried(net, row.his) == row.carried);
    CHECK(is_carried(*ours, row.own) == row.carried);
  }
  const auto plain = resnet({.depth = 8, .width = 4, .classes = 3, .shortcut = Shortcut::none});
  CHECK_FALSE(follows_sum(*plain, "layer2.0.act2"));
  CHECK_FALSE(is_bypassed(*plain, "layer2.0.act1"));
}

TEST_CASE("stranger: a residual MLP sums before or after its activation") {
  for (const bool post : {true, false}) {
    const auto net = mlp({.inputs = 5,
        .depth = 2,
        .width = 4,
        .classes = 3,
        .residual = ResidualForm::parse(post ? "add:post" : "add:pre")});
    CHECK(follows_sum(*net, "3.act") == post);
    CHECK_FALSE(follows_sum(*net, "2"));
    CHECK_FALSE(follows_sum(*net, "3.inner"));
  }
}

TEST_CASE("stranger: the branch feeds the sum, not the layer on the shortcut") {
  const auto source_of = [](Module& net, const Tensor& x) {
    Feeds feeds(net);
    (void)feeds.run(Variable(x));
    REQUIRE(feeds.sites() == 2);
    const auto unit = feeds.feed(1, 2, 0, 0);
    CHECK(unit.norm);
    CHECK(unit.carried != 0);
    CHECK(feeds.feed(0, 2, 0, 0).input.size() == (x.rank() == 4 ? 36 : 4));
    return feeds.source(1);
  };
  Sequential dense, filter;
  dense.add<Loop<Dense>>();
  filter.add<Loop<Filter>>();
  for (const auto& source :
      {source_of(dense, points({3, 4})), source_of(filter, points({3, 4, 5, 5}))}) {
    CHECK(source.unknown == "");
    CHECK(source.layer == "0.two");
    CHECK(source.norm == "0.centre");
  }
}

TEST_CASE("stranger: initialisers find a layer of one's own") {
  Sequential net;
  net.add<Dense>(5, 4);
  net.add<Gate>();
  net.add<Dense>(4, 3);
  initialize(net, Initializer::parse("constant:0.5"), Seed{1});
  CHECK(net.named_parameters()[0].value.data().at({3, 4}) == 0.5);
  CHECK(audit(net, Initializer::parse("constant:0.5")).size() == 2);
  const auto report = lsuv(net, points({64, 5}), {}, Seed{1});
  REQUIRE(report.size() == 2);
  CHECK(report[1].name == "2");
  CHECK(report[1].after == doctest::Approx(1).epsilon(0.1));
}

TEST_CASE("stranger: a census in training mode puts back what a module drew") {
  Sequential net;
  net.add<Dense>(4, 4);
  Noise& noise = net.add<Noise>();
  net.add<Gate>();
  noise.drawn = 5;
  const auto draws = net.named_draws();
  REQUIRE(draws.size() == 1);
  CHECK(draws[0].name == "1");
  CHECK(draws[0].value == &noise.drawn);
  int passes = 0;
  (void)take_census(
      net, in_batches(points({12, 4}), 4), [&](const Tensor&) { ++passes; }, CensusMode::training);
  CHECK(passes == 3);
  CHECK(noise.drawn == 5);
  (void)net(Variable(points({2, 4})));
  CHECK(noise.drawn == 6);
}
