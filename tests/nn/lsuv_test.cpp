#include "lively/nn/lsuv.h"

#include "lively/nn/initializer.h"
#include "lively/nn/mlp.h"
#include "lively/nn/rectifier.h"
#include "lively/nn/resnet.h"
#include "lively/nn/shaping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace lively;

namespace {

Tensor normal(const Shape& shape, Dtype dtype = Dtype::float32) {
  Tensor t = Tensor::empty(shape, dtype);
  Stream stream(Seed{4}, "lsuv test");
  fill_normal(t, stream, 0.3, 1.7);
  return t;
}

double variance_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double mean = 0, spread = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) spread += (v - mean) * (v - mean) / n;
  return spread;
}

// The variance of each weighted layer's output on the batch, in evaluation mode.
std::map<std::string, double> measured(Module& model, const Tensor& batch) {
  std::map<std::string, double> variances;
  for (const auto& entry : model.named_modules()) {
    if (!dynamic_cast<WeightedLayer*>(entry.value)) continue;
    entry.value->register_forward_hook(
        [&variances, name = entry.name](Module&, const Variable&, const Variable& y) {
          const Tensor wide = y.data().to(Dtype::float64).contiguous();
          const auto values = wide.values<double>();
          variances[name] = variance_of({values.begin(), values.end()});
        });
  }
  model.eval();
  const NoGrad no_grad;
  model(Variable(batch));
  for (const auto& entry : model.named_modules()) entry.value->clear_forward_hooks();
  return variances;
}

// Are the rows (or columns, if those are fewer) orthogonal and of one length?
bool orthogonal_rows(const Tensor& weight) {
  const Tensor w = weight.to(Dtype::float64).reshape({weight.size(0), -1});
  const Tensor q = w.size(0) <= w.size(1) ? w.contiguous() : w.t().contiguous();
  const auto dot = [&](int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < q.size(1); ++k) sum += q.at({i, k}) * q.at({j, k});
    return sum;
  };
  const double square = dot(0, 0);
  for (int64_t i = 0; i < q.size(0); ++i)
    for (int64_t j = 0; j <= i; ++j)
      if (std::abs(dot(i, j) - (i == j ? square : 0)) > 1e-5 * square) return false;
  return square > 0;
}

std::vector<std::vector<double>> matrix(const Tensor& t) {
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(t.size(0)));
  for (int64_t i = 0; i < t.size(0); ++i)
    for (int64_t j = 0; j < t.size(1); ++j)
      rows[static_cast<std::size_t>(i)].push_back(t.at({i, j}));
  return rows;
}

}  // namespace

TEST_CASE("lsuv: value by hand for two layers") {
  const MlpShape shape{.inputs = 5, .depth = 1, .width = 4, .classes = 3};
  const auto net = mlp(shape), drawn = mlp(shape);
  initialize(*drawn, Initializer::parse("orthogonal"), Seed{3});
  const Tensor batch = normal({40, 5});
  const auto report = lsuv(*net, batch, {.variance = 2, .tolerance = 1e-6}, Seed{3});
  REQUIRE(report.size() == 2);

  auto x = matrix(batch);
  std::size_t layer = 0;
  for (const char* name : {"1.weight", "3.weight"}) {
    CAPTURE(name);
    const auto find = [&](Module& m) {
      for (const auto& entry : m.named_parameters())
        if (entry.name == name) return matrix(entry.value.data());
      return matrix({});
    };
    const auto w = find(*drawn), got = find(*net);
    std::vector<double> outputs;
    for (const auto& row : x)
      for (const auto& unit : w) {
        double z = 0;
        for (std::size_t k = 0; k < unit.size(); ++k) z += unit[k] * row[k];
        outputs.push_back(z);
      }
    const double before = variance_of(outputs), factor = std::sqrt(2 / before);
    CHECK(report[layer].before == doctest::Approx(before).epsilon(1e-5));
    CHECK(report[layer].after == doctest::Approx(2).epsilon(1e-5));
    for (std::size_t i = 0; i < w.size(); ++i)
      for (std::size_t k = 0; k < w[i].size(); ++k)
        CHECK(got[i][k] == doctest::Approx(factor * w[i][k]).epsilon(1e-5));
    for (std::size_t n = 0; n < x.size(); ++n) {
      x[n].clear();
      for (std::size_t i = 0; i < w.size(); ++i)
        x[n].push_back(std::max(0.0, factor * outputs[n * w.size() + i]));
    }
    ++layer;
  }
}

TEST_CASE("lsuv: value of twenty layers, each with variance 1 and orthogonal weights") {
  const auto net = mlp({.inputs = 32, .depth = 20, .width = 64, .classes = 10, .dropout = 0.3});
  const Tensor batch = normal({256, 32});
  auto& dropout = dynamic_cast<Dropout&>((*net)[3]);
  *dropout.draws() = 7;
  (*net)[2].eval();
  const auto report = lsuv(*net, batch, {}, Seed{1});
  REQUIRE(report.size() == 21);
  CHECK(report[0].name == "1");
  CHECK(report[20].name == "61");
  CHECK(*dropout.draws() == 7);
  CHECK(net->is_training());
  CHECK(dropout.is_training());
  CHECK(!(*net)[2].is_training());

  auto variances = measured(*net, batch);
  for (const LsuvLayer& row : report) {
    CAPTURE(row.name);
    CHECK(std::abs(row.after - 1) <= 0.1);
    CHECK(variances[row.name] == doctest::Approx(row.after).epsilon(1e-5));
    CHECK(row.iterations ==
          (std::abs(row.before - 1) <= 0.1 ? 0 : 1));  // without biases once is enough
  }
  for (const auto& entry : net->named_parameters()) {
    CAPTURE(entry.name);
    if (entry.name.ends_with("weight")) CHECK(orthogonal_rows(entry.value.data()));
    if (!entry.name.ends_with("bias")) continue;
    for (const float b : entry.value.data().values<float>()) CHECK(b == 0);
  }
}

TEST_CASE("lsuv: value of a resnet, whose running moments stay") {
  for (const Shortcut shortcut : {Shortcut::a, Shortcut::b}) {
    const auto net = resnet({.depth = 8, .width = 8, .shortcut = shortcut});
    std::vector<Tensor> before;
    for (const auto& entry : net->named_buffers()) before.push_back(entry.value.clone());
    const Tensor batch = normal({16, 1, 12, 12});
    const auto report = lsuv(*net, batch, {}, Seed{2});
    CHECK(report.size() == (shortcut == Shortcut::a ? 8 : 10));
    CHECK(report.front().name == "conv1");
    CHECK(report.back().name == "fc");
    const auto buffers = net->named_buffers();
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto bytes =
          static_cast<std::size_t>(before[i].numel()) * (before[i].dtype() == Dtype::int64 ? 8 : 4);
      CHECK(std::equal(before[i].bytes(), before[i].bytes() + bytes, buffers[i].value.bytes()));
    }
    auto variances = measured(*net, batch);
    for (const LsuvLayer& row : report) {
      CAPTURE(row.name);
      CHECK(std::abs(row.after - 1) <= 0.1);
      CHECK(variances[row.name] == doctest::Approx(row.after).epsilon(1e-5));
    }
    for (const auto& entry : net->named_parameters()) {
      CAPTURE(entry.name);
      if (entry.value.rank() > 1) CHECK(orthogonal_rows(entry.value.data()));
      CHECK(!entry.value.grad().defined());
    }
  }
}

TEST_CASE("lsuv: value of a layer without variance is left and reported") {
  const auto net = mlp({.inputs = 4, .depth = 1, .width = 3, .classes = 2});
  for (const LsuvLayer& row : lsuv(*net, Tensor::zeros({5, 4}), {}, Seed{1})) {
    CHECK(row.before == 0);
    CHECK(row.after == 0);
    CHECK(row.iterations == 0);
  }
  const auto report = lsuv(*net, Tensor::full({5, 4}, std::nan("")), {}, Seed{1});
  CHECK(std::isnan(report[0].after));
  for (const auto& entry : net->named_parameters())
    for (const float v : entry.value.data().values<float>()) CHECK(std::isfinite(v));
}

TEST_CASE("lsuv: error texts, and the model stays as it was") {
  const auto net = mlp({.inputs = 4, .depth = 1, .width = 3, .classes = 2});
  const Tensor weight = net->named_parameters()[0].value.data().clone();
  const auto unchanged = [&] {
    const Tensor now = net->named_parameters()[0].value.data();
    return std::ranges::equal(weight.values<float>(), now.values<float>()) && net->is_training();
  };
  const Tensor batch = normal({5, 4});
  CHECK_THROWS_WITH_AS(lsuv(*net, batch, {.variance = 0}, Seed{1}),
      "lsuv: variance 0: needs a number above 0", ValueError);
  CHECK_THROWS_WITH_AS(lsuv(*net, batch, {.tolerance = -1}, Seed{1}),
      "lsuv: tolerance -1: needs more than 0", ValueError);
  CHECK_THROWS_WITH_AS(lsuv(*net, batch, {.max_iterations = 0}, Seed{1}),
      "lsuv: max_iterations 0: needs at least 1", ValueError);
  CHECK_THROWS_WITH_AS(lsuv(*net, Tensor::zeros({0, 4}), {}, Seed{1}),
      "lsuv: batch [0,4]: needs at least one sample", ValueError);
  CHECK_THROWS_AS(lsuv(*net, normal({5, 3}), {}, Seed{1}), ShapeError);
  CHECK(unchanged());
  CHECK(!(*net)[1].has_forward_hooks());
  (*net)[3].register_forward_hook([](Module&, const Variable&, const Variable&) {});
  CHECK_THROWS_WITH_AS(lsuv(*net, batch, {}, Seed{1}),
      "lsuv: 3: has forward hooks, which must be cleared first", StateError);
  CHECK((*net)[3].has_forward_hooks());
  CHECK(unchanged());
}
