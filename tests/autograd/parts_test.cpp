// A batch in parts against the same batch as it comes.
#include "lively/autograd/parts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lively/lively.h"
#include "lively/tensor/block_pool.h"
#include "lively/tensor/threads.h"
#include "tests/distance.h"
#include "tests/with_threads.h"

using namespace lively;
using lively::testing::distance;
using lively::testing::WithThreads;

namespace {

Tensor drawn(const Shape& shape, const char* what, Dtype dtype = Dtype::float64) {
  Tensor t = Tensor::empty(shape, dtype);
  Stream stream(Seed{7}, what);
  fill_normal(t, stream, 0, 1);
  return t;
}

// Two layers of weights, 13 samples.
struct Net {
  explicit Net(Dtype dtype = Dtype::float64)
      : inputs(drawn({13, 6}, "inputs", dtype)),
        first(parameter(drawn({5, 6}, "first", dtype))),
        bias(parameter(drawn({5}, "bias", dtype))),
        second(parameter(drawn({3, 5}, "second", dtype))) {
    std::vector<int64_t> classes;
    for (int64_t i = 0; i < 13; ++i) classes.push_back(i % 3);
    labels = Tensor::of(classes, {13});
  }
  Variable logits(const Tensor& x) const {
    return linear(relu(linear(Variable(x), first, bias)), second);
  }
  PartLoss operator()(const Part& p) const {
    const Variable out = logits(p.of(inputs));
    return {softmax_cross_entropy(out, p.of(labels)), out};
  }
  std::vector<Variable> parameters() const { return {first, bias, second}; }
  std::vector<Tensor> take_gradients() const {
    std::vector<Tensor> all;
    for (Variable p : parameters()) {
      all.push_back(p.grad());
      p.zero_grad();
    }
    return all;
  }
  Tensor inputs, labels;
  Variable first, bias, second;
};

}  // namespace

TEST_CASE("parts: gradient, loss and outputs are those of the whole batch") {
  const Net net;
  BatchParts whole;
  const auto [loss, outputs] = whole.backward(13, 1, net);
  const std::vector<Tensor> gradients = net.take_gradients();
  BatchParts in_parts;
  for (const int64_t parts : {2, 3, 7, 13}) {
    CAPTURE(parts);
    const BatchParts::Passed passed = in_parts.backward(13, parts, net);
    CHECK(passed.loss == doctest::Approx(loss).epsilon(1e-14));
    CHECK(distance(passed.outputs.data(), outputs.data()) < 1e-14);
    CHECK(distance(passed.outputs.grad(), outputs.grad()) < 1e-15);
    const std::vector<Tensor> of_parts = net.take_gradients();
    for (std::size_t i = 0; i < gradients.size(); ++i)
      CHECK(distance(of_parts[i], gradients[i]) < 1e-14);
  }
}

TEST_CASE("parts: threads change no bit") {
  const Net net(Dtype::float32);
  std::vector<Tensor> before;
  for (const int n : {1, 2, 3}) {
    const WithThreads threads(n);
    BatchParts parts;
    for (int again = 0; again < 20; ++again) {
      parts.backward(13, 4, net);
      std::vector<Tensor> now = net.take_gradients();
      for (std::size_t i = 0; i < before.size(); ++i) CHECK(distance(now[i], before[i]) == 0);
      before = std::move(now);
    }
  }
}

TEST_CASE("parts: gradients are added to those that are there") {
  const Net net;
  BatchParts parts;
  parts.backward(13, 3, net);
  const std::vector<Tensor> once = net.take_gradients();
  parts.backward(13, 3, net);
  parts.backward(13, 3, net);
  const std::vector<Tensor> twice = net.take_gradients();
  for (std::size_t i = 0; i < once.size(); ++i) CHECK(distance(twice[i], once[i], 2) < 1e-14);
}

TEST_CASE("parts: hooks on leaves see the sum, once") {
  Net net;
  int calls = 0;
  Tensor seen;
  net.bias.register_hook([&](const Tensor& g) {
    ++calls;
    seen = g;
    Tensor doubled = g.clone();
    for (double& v : doubled.mutable_values<double>()) v *= 2;
    return doubled;
  });
  BatchParts parts;
  parts.backward(13, 1, net);
  const Tensor whole = net.take_gradients()[1];
  parts.backward(13, 4, net);
  CHECK(calls == 2);
  CHECK(distance(whole, seen, 2) < 1e-14);
  CHECK(distance(net.take_gradients()[1], whole) < 1e-14);
}

TEST_CASE("parts: rectifiers count what they count of the whole") {
  Net net;
  net.inputs.mutable_data<double>()[12 * 6] = std::nan("");  // of the last sample
  Pulse whole, in_parts;
  BatchParts parts;
  {
    const Observe scope(whole);
    parts.backward(13, 1, net);
  }
  {
    const Observe scope(in_parts);
    parts.backward(13, 5, net);
  }
  REQUIRE(in_parts.layers().size() == 1);
  const UnitCounts &a = whole.layers()[0].counts, &b = in_parts.layers()[0].counts;
  CHECK(b.samples == 13);
  CHECK(a.fired == b.fired);
  CHECK(a.active == b.active);
  CHECK(a.poisoned == std::vector<int64_t>(5, 1));
  CHECK(b.poisoned == a.poisoned);
}

TEST_CASE("parts: a listener of results is told which samples they are") {
  struct Listener : RectifierListener {
    UnitCounts* counts(const RectifierSite&) override { return nullptr; }
    bool wants_results() const override { return true; }
    void activated(const RectifierSite&, Variable& y) override {
      CHECK(y.size(0) == part_under_way().size());
      samples += part_under_way().size(), first += part_under_way().begin;
    }
    int64_t samples = 0, first = 0;
  } listener;
  const Observe scope(listener);
  const Net net;
  BatchParts().backward(13, 3, net);
  CHECK(listener.samples == 13);
  CHECK(listener.first == 0 + 4 + 8);
  CHECK(part_under_way().size() == 0);
}

TEST_CASE("parts: dropout drops what it would drop of the whole") {
  const Tensor x = Tensor::ones({13, 3, 5});
  for (const int64_t count : {2, 13}) {
    CAPTURE(count);
    Dropout one(0.4, Seed{3}), other(0.4, Seed{3});
    AlphaDropout alpha_one(0.4, Seed{3}), alpha_other(0.4, Seed{3});
    BatchParts parts;
    for (int batch = 0; batch < 3; ++batch) {
      const auto pass = [&](Dropout& d, AlphaDropout& a, int64_t n) {
        return parts
            .backward(13, n,
                [&](const Part& p) {
                  const Variable y = a(d(d(Variable(p.of(x), true))));
                  return PartLoss(mean(y), y);
                })
            .outputs.data();
      };
      CHECK(distance(pass(one, alpha_one, 1), pass(other, alpha_other, count)) == 0);
      CHECK(*one.draws() == *other.draws());
    }
    CHECK(*one.draws() == 6);
  }
}

TEST_CASE("parts: dropout of several rows a sample, and twice from one stream") {
  const Tensor x = Tensor::ones({12, 3, 5});
  BatchParts parts;
  const auto pass = [&](int64_t n) {
    return parts
        .backward(12, n,
            [&](const Part& p) {
              Stream stream(Seed{5}, "rows");
              const Variable rows = reshape(Variable(p.of(x), true), {p.size() * 3, 5});
              const Variable y =
                  reshape(dropout(dropout(rows, 0.3, stream), 0.3, stream), {p.size(), 3, 5});
              return PartLoss(mean(y), y);
            })
        .outputs.data();
  };
  CHECK(distance(pass(1), pass(4)) == 0);
}

TEST_CASE("parts: error") {
  const Net net;
  BatchParts parts;
  CHECK_THROWS_WITH_AS(parts.backward(13, 0, net),
      "backward in parts: 0 parts of 13 samples: must be from 1 to the number of samples",
      ValueError);
  CHECK_THROWS_AS(parts.backward(13, 14, net), ValueError);
  CHECK_THROWS_WITH_AS(
      parts.backward(13, 2, [&](const Part& p) { return net.logits(p.of(net.inputs)); }),
      doctest::Contains("needs a single element"), ShapeError);
  CHECK_THROWS_WITH_AS(parts.backward(12, 2, net),
      "part: [13,6]: axis 0 must have the 12 samples of the batch", ShapeError);
  CHECK_THROWS_WITH_AS(
      parts.backward(
          13, 2, [&](const Part& p) { return PartLoss(net(p).loss, sum(Variable(net.inputs))); }),
      doctest::Contains("needs them along axis 0"), ShapeError);
  CHECK_THROWS_WITH_AS(parts.backward(13, 2, [](const Part&) { return Variable(); }),
      doctest::Contains("undefined"), StateError);

  SUBCASE("what is made before the parts") {
    const Variable shared = net.first * 2.0;
    CHECK_THROWS_WITH_AS(
        parts.backward(
            13, 2, [&](const Part& p) { return sum(linear(Variable(p.of(net.inputs)), shared)); }),
        doctest::Contains("to a mul made before it: make that anew in each part"), StateError);
  }
  SUBCASE("the batch's moments") {
    BatchNorm1d norm(6, 1e-5, 0.1, Dtype::float64);
    const auto normed = [&](const Part& p) { return sum(norm(Variable(p.of(net.inputs)))); };
    CHECK_THROWS_WITH_AS(parts.backward(13, 2, normed),
        "batch_norm: a part of a batch does not have the batch's moments: run it in one part",
        StateError);
    norm.eval();
    CHECK_NOTHROW(parts.backward(13, 2, normed));
    InstanceNorm1d kept(6, {.track_running_stats = true});
    CHECK_THROWS_WITH_AS(parts.backward(13, 2,
                             [&](const Part& p) {
                               return sum(kept(Variable(Tensor::ones({p.size(), 6, 4}), true)));
                             }),
        doctest::Contains("InstanceNorm1d: a part of a batch"), StateError);
  }
  SUBCASE("parts in parts") {
    BatchParts inner;
    CHECK_THROWS_WITH_AS(parts.backward(13, 2,
                             [&](const Part& p) {
                               inner.backward(13, 2, net);
                               return net(p);
                             }),
        doctest::Contains("inside a part of another batch"), StateError);
  }
  // Nothing of all this has changed a gradient, and the parts can be used again.
  for (const Tensor& g : net.take_gradients()) CHECK_FALSE(g.defined());
  CHECK_NOTHROW(parts.backward(13, 2, net));
}

TEST_CASE("parts: error in a listener's view") {
  struct Whole : RectifierListener {
    UnitCounts* counts(const RectifierSite&) override { return nullptr; }
    bool wants_pre_activations() const override { return true; }
  } whole;
  const Net net;
  BatchParts parts;
  {
    const Observe scope(whole);
    CHECK_THROWS_WITH_AS(
        parts.backward(13, 2, net), doctest::Contains("pre-activations"), StateError);
    CHECK_NOTHROW(parts.backward(13, 1, net));
  }
  Pulse pulse;
  const Observe scope(pulse);
  CHECK_THROWS_WITH_AS(parts.backward(13, 2,
                           [&](const Part& p) {
                             const PartLoss made = net(p);
                             if (p.begin == 0) (void)relu(Variable(Tensor::ones({2, 2})));
                             return made;
                           }),
      doctest::Contains("did not take the same course"), StateError);
}

TEST_CASE("parts: modes of the caller hold in every part") {
  const WithThreads two(2);
  Net net;
  BatchParts parts;
  {
    const NoGrad none;
    CHECK_THROWS_AS(parts.backward(13, 4, net), StateError);  // there is nothing to go back through
  }
  net.inputs.mutable_data<double>()[12 * 6] = std::nan("");  // of the last part
  const DetectAnomaly anomaly;
  CHECK_THROWS_AS(parts.backward(13, 4, net), AnomalyError);
}

TEST_CASE("parts: memory is asked for once") {
  const WithThreads two(2);
  const Net net(Dtype::float32);
  BatchParts parts;
  const auto steps = [&](int n) {
    for (int i = 0; i < n; ++i) {
      parts.backward(13, 2, net);
      net.take_gradients();
    }
    return memory_stats().live_blocks;
  };
  const int64_t settled = steps(50);
  // What helpers allocate and this thread frees would make its balance sink.
  CHECK(std::abs(steps(400) - settled) < 200);
}
