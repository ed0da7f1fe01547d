#include "lively/nn/stack.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/nn/weights_hash.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/ops.h"
#include "lively/tensor/random.h"
#include "tests/bits.h"

using namespace lively;
using lively::testing::same_bits;

namespace {

const MlpShape kShape{.inputs = 3, .depth = 4, .width = 5, .classes = 2};

Tensor drawn(const Shape& shape, uint64_t index) {
  Tensor t = Tensor::empty(shape);
  Stream stream(Seed{5}, "stack", index);
  fill_normal(t, stream, 0, 1);
  return t;
}

double farthest(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double far = 0;
  const Tensor x = a.contiguous(), y = b.contiguous();
  for (int64_t i = 0; i < x.numel(); ++i)
    far = std::max(far, std::abs(double{x.data<float>()[i]} - double{y.data<float>()[i]}));
  return far;
}

// Ten steps of Adam on the sum of the nets' losses.
void train(StackedMlp& nets, const Tensor& x, const Tensor& y) {
  Adam adam(nets.parameters(), 0.01);
  for (int step = 0; step < 10; ++step) {
    adam.zero_grad();
    sum(mean(square(nets(Variable(x)) - Variable(y)), {1, 2})).backward();
    adam.step();
  }
}

}  // namespace

TEST_CASE("stack: value of net m is that of the net alone, drawn, run and trained") {
  StackedMlp nets(4, kShape);
  nets.initialize(Initializer::parse("he_normal"), Seed{20}, Initializer::parse("random_normal"));
  const Tensor x = drawn({3, 128}, 1), y = drawn({2, 128}, 2);
  const Tensor out = nets(Variable(x)).data();
  REQUIRE(out.shape() == Shape{4, 2, 128});
  sum(mean(square(nets(Variable(x)) - Variable(y)), {1, 2})).backward();
  for (const int64_t m : {0, 3}) {
    const auto alone = mlp(kShape);
    initialize(*alone, Initializer::parse("he_normal"), Seed{20 + static_cast<uint64_t>(m)},
        Initializer::parse("random_normal"));
    CHECK(weights_hash(*nets.net(m)) == weights_hash(*alone));
    CHECK(farthest((*alone)(Variable(x.t())).data().t(), out.select(0, m)) < 1e-5);
    mse_loss((*alone)(Variable(x.t())), y.t()).backward();
    const auto own = alone->parameters(), all = nets.parameters();
    REQUIRE(own.size() == all.size());
    for (std::size_t i = 0; i < own.size(); ++i)
      CHECK(farthest(own[i].grad(), all[i].grad().select(0, m)) < 1e-5);
    Adam adam(alone->parameters(), 0.01);
    for (int step = 0; step < 10; ++step) {
      adam.zero_grad();
      mse_loss((*alone)(Variable(x.t())), y.t()).backward();
      adam.step();
    }
    StackedMlp trained(4, kShape);
    trained.initialize(
        Initializer::parse("he_normal"), Seed{20}, Initializer::parse("random_normal"));
    train(trained, x, y);
    const auto again = trained.net(m)->parameters();
    for (std::size_t i = 0; i < own.size(); ++i)
      CHECK(farthest(own[i].data(), again[i].data()) < 1e-4);
  }
}

TEST_CASE("stack: value of net m does not depend on the others, to the bit") {
  const Tensor x = drawn({3, 128}, 1), y = drawn({2, 128}, 2);
  StackedMlp many(7, kShape), one(1, kShape);
  many.initialize(Initializer::parse("he_normal"), Seed{20});
  one.initialize(Initializer::parse("he_normal"), Seed{25});
  train(many, x, y);
  train(one, x, y);
  CHECK(weights_hash(*many.net(5)) == weights_hash(*one.net(0)));
  CHECK(weights_hash(*many.net(4)) != weights_hash(*one.net(0)));
  CHECK(all_finite(one(Variable(x)).data()));
  CHECK(same_bits(many(Variable(x)).data().select(0, 5), one(Variable(x)).data().select(0, 0)));
}

TEST_CASE("stack: value with samples of its own for each net") {
  StackedMlp nets(3, kShape);
  nets.initialize(Initializer::parse("he_uniform"), Seed{1});
  const Tensor each = drawn({3, 3, 40}, 3);
  const Tensor out = nets(Variable(each)).data();
  CHECK(all_finite(out));
  for (int64_t m = 0; m < 3; ++m)
    CHECK(same_bits(out.select(0, m), nets(Variable(each.select(0, m))).data().select(0, m)));
}

TEST_CASE("stack: names, descriptions and errors") {
  StackedMlp nets(2, {.inputs = 1, .depth = 1, .width = 3, .classes = 1, .activation = "tanh"});
  CHECK(nets.describe() == "StackedMlp(2 nets, 1 - 1 x 3 - 1)");
  CHECK(nets.nets() == 2);
  CHECK(nets.parameter_count() == 2 * (2 * 3 + 3 + 1));
  CHECK(StackedLinear(2, 3, 4).describe() == "StackedLinear(2, 3, 4)");
  CHECK(nets.net(1)->describe().find("Tanh()") != std::string::npos);
  const auto refused = [](MlpShape shape, const char* what) {
    CHECK_THROWS_WITH_AS(StackedMlp(2, shape), what, ValueError);
  };
  refused({.norm = Norm::batch}, "StackedMlp: a norm: only for one network at a time, see mlp()");
  refused({.residual = ResidualForm{}},
      "StackedMlp: shortcuts: only for one network at a time, see mlp()");
  refused({.dropout = 0.5}, "StackedMlp: dropout: only for one network at a time, see mlp()");
  refused(
      {.activation = "prelu:0.5"}, "StackedMlp: prelu: only for one network at a time, see mlp()");
  refused({.depth = -1}, "mlp: depth -1: must be at least 0");
  CHECK_THROWS_WITH_AS(StackedMlp(0, {}), "StackedMlp: 0 nets: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(StackedLinear(1, 0, 2),
      "StackedLinear: 1 nets, 0 inputs and 2 outputs: needs at least 1 of each", ValueError);
  CHECK_THROWS_WITH_AS(
      (void)nets.net(2), "StackedMlp: net 2: there are 2, counted from 0", ValueError);
}
