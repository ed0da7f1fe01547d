#include <doctest/doctest.h>

#include <limits>

#include "apps/lab/inquiry/origin.h"
#include "lively/nn/mlp.h"
#include "lively/nn/shaping.h"

using namespace lively;
using namespace lively::lab;

namespace {

Variable parameter_of(Module& model, const std::string& name) {
  for (const auto& [known, p] : model.named_parameters())
    if (known == name) return p;
  FAIL(name << " is no parameter");
  return {};
}

// Four inputs, layers "1", "3", "5", all weights 1 and biases 0.
std::unique_ptr<Module> ones(MlpShape shape = {}) {
  shape.inputs = 4;
  shape.depth = 3;
  shape.width = 6;
  shape.classes = 3;
  std::unique_ptr<Module> net = mlp(shape);
  for (const auto& [name, p] : net->named_parameters())
    Variable(p).mutable_data().fill(name.ends_with("bias") ? 0 : 1);
  return net;
}

Batch batch(double second) {
  Tensor x = Tensor::full({3, 1, 2, 2}, 1e-3);
  x.select(0, 1).fill(second);
  return {x, Tensor::of<int64_t>({0, 1, 2})};
}

const Tensor kSamples = Tensor::of<int64_t>({70, 71, 72});

}  // namespace

TEST_CASE("origin: names the op, the layer, the step and the sample of the first infinity") {
  const auto net = ones();
  parameter_of(*net, "3.weight").mutable_data().fill(1e37);
  // Layer 1 gives 4e-3 and 4e3, layer 3 sums six of them times 1e37: 2.4e35, and 2.4e41, which
  // float32 has not.
  const NonFinite o = find_origin(*net, "softmax_cross_entropy", batch(1e3), kSamples, 9);
  CHECK(o.op == "linear");
  CHECK(o.layer == "3");
  CHECK(o.step == 9);
  CHECK(o.sample == 71);
  CHECK(o.where == "the result of linear in hidden layer 2 of 3, training sample 71,");
}

TEST_CASE("origin: blames no sample where all are lost, and the loss where it alone is") {
  const auto net = ones();
  parameter_of(*net, "3.weight").mutable_data().fill(3e38);
  parameter_of(*net, "1.bias").mutable_data().fill(1e3);
  const NonFinite all = find_origin(*net, "softmax_cross_entropy", batch(1), kSamples, 2);
  CHECK(all.layer == "3");
  CHECK(all.sample == -1);
  CHECK(all.where == "the result of linear in hidden layer 2 of 3");
}

TEST_CASE("origin: an input, or what the step before left of a parameter, comes first") {
  const auto net = ones();
  const NonFinite input = find_origin(
      *net, "softmax_cross_entropy", batch(std::numeric_limits<double>::quiet_NaN()), kSamples, 4);
  CHECK(input.where == "training sample 71");
  CHECK(input.step == 4);
  for (const char* name : {"1.weight", "5.weight"})
    parameter_of(*net, name).mutable_data().fill(std::numeric_limits<double>::infinity());
  const NonFinite left = find_origin(*net, "softmax_cross_entropy", batch(1), kSamples, 4);
  CHECK(left.where == "the weight of hidden layer 3 of 3");  // backward comes to it before 1
  CHECK(left.layer == "5");
  CHECK(left.step == 3);
}

TEST_CASE("origin: leaves moments, draws and modes as they were, and has the draws of the step") {
  MlpShape shape;
  shape.norm = Norm::batch;
  shape.dropout = 0.5;
  const auto net = ones(shape);
  net->train(true);
  (void)(*net)(Variable(batch(1).inputs));
  std::vector<uint64_t> draws;
  const auto count = [&] {
    std::vector<uint64_t> all;
    for (auto& [name, made] : net->named_draws()) all.push_back(*made);
    return all;
  };
  draws = count();
  REQUIRE(draws.size() == 3);
  std::vector<Tensor> before;
  for (auto& [name, b] : net->named_buffers()) before.push_back(b.clone());
  CHECK(find_origin(*net, "softmax_cross_entropy", batch(1), kSamples, 1).where ==
        "the loss");  // nothing is wrong
  CHECK(count() == draws);
  CHECK(net->is_training());
  std::size_t i = 0;
  for (auto& [name, b] : net->named_buffers()) CHECK(b.to_string() == before[i++].to_string());
}
