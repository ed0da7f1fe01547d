#include "lively/autograd/observe.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lively/autograd/ops.h"
#include "lively/tensor/random.h"
#include "lively/tensor/threads.h"

using namespace lively;

namespace {

struct Noter final : RectifierListener {
  struct Call {
    std::string op, path;
    int call;
    NegativeSide side;
    UnitCounts counts;
  };
  std::vector<Call> calls;
  bool want = true;
  int rectified_calls = 0;

  UnitCounts* counts(const RectifierSite& s) override {
    if (!want) return nullptr;
    const auto n = static_cast<std::size_t>(s.units);
    calls.push_back({std::string(s.op), std::string(s.path), s.call, s.negative_side, {}});
    UnitCounts& c = calls.back().counts;
    c.fired.resize(n);
    c.poisoned.resize(n);
    c.active.resize(n);
    return &c;
  }
  bool wants_pre_activations() const override { return true; }
  void rectified(const RectifierSite&, const PreActivations&) override { ++rectified_calls; }
};

// Counted the slow way, from the definition.
UnitCounts recount(const Tensor& z) {
  const int64_t n = z.size(0), units = z.size(1);
  UnitCounts c;
  c.samples = n;
  c.fired.resize(static_cast<std::size_t>(units));
  c.poisoned = c.active = c.fired;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t u = 0; u < units; ++u) {
      const Tensor plane = z.select(0, i).select(0, u).to(Dtype::float64).contiguous();
      bool poisoned = false;
      int64_t active = 0;
      for (const double v : plane.values<double>()) {
        poisoned |= !std::isfinite(v);
        active += v > 0;
      }
      const auto at = static_cast<std::size_t>(u);
      c.poisoned[at] += poisoned;
      c.fired[at] += !poisoned && active > 0;
      c.active[at] += poisoned ? 0 : active;
    }
  }
  return c;
}

void compare(const Tensor& z) {
  Noter listener;
  Tensor plain = relu(Variable(z)).data(), listened;
  {
    const Observe scope(listener);
    listened = relu(Variable(z)).data();
  }
  REQUIRE(listener.calls.size() == 1);
  const UnitCounts &got = listener.calls[0].counts, want = recount(z);
  CHECK(got.samples == want.samples);
  CHECK(got.fired == want.fired);
  CHECK(got.poisoned == want.poisoned);
  CHECK(got.active == want.active);
  for (int64_t u = 0; u < got.units(); ++u)
    CHECK(got.fired[static_cast<std::size_t>(u)] + got.silent(u) +
              got.poisoned[static_cast<std::size_t>(u)] ==
          got.samples);
  // Listening does not change a bit of the output.
  const Tensor a = plain.contiguous(), b = listened.contiguous();
  CHECK(std::equal(
      a.bytes(), a.bytes() + a.numel() * static_cast<int64_t>(item_size(a.dtype())), b.bytes()));
}

Tensor random(const Shape& shape, Dtype dtype = Dtype::float32) {
  Tensor t = Tensor::empty(shape, dtype);
  Stream stream(Seed{5}, "observe", static_cast<uint64_t>(shape.numel()));
  fill_normal(t, stream, -1.5, 1);
  return t;
}

}  // namespace

TEST_CASE("observe: counts equal a recount, for every layout") {
  compare(random({128, 128}));
  compare(random({7, 130}));
  compare(random({1, 3}));
  compare(random({33, 65}, Dtype::float64));
  compare(random({4, 6, 5, 3}));
  compare(random({40, 31}).t());
  compare(random({40, 60}).slice(1, 3, 50, 2));
  compare(random({3, 5, 4, 4}).transpose(1, 2));
  compare(Tensor::empty({0, 4}));
}

TEST_CASE("observe: NaN and infinities are poisoned, never silent") {
  Tensor z = random({20, 70});
  z.mutable_data<float>()[3] = NAN;
  z.mutable_data<float>()[70 * 4 + 3] = INFINITY;
  z.mutable_data<float>()[70 * 19 + 69] = -INFINITY;
  compare(z);
  Tensor images = random({3, 2, 4, 4});
  images.mutable_data<float>()[5] = NAN;
  compare(images);
}

TEST_CASE("observe: threads do not change counts or bits") {
  const int before = threads();
  for (const int n : {1, 2}) {
    set_threads(n);
    compare(random({2000, 300}));
  }
  set_threads(before);
}

TEST_CASE("observe: every call is a site of its own, with its module's path") {
  Noter listener;
  const Variable x = Variable(random({4, 3}));
  const std::string outer = "block", inner = "act";
  for (int pass = 0; pass < 2; ++pass) {
    const Observe scope(listener);
    (void)relu(x);
    const ModuleScope a(outer);
    (void)selu(x);
    const ModuleScope b(inner);
    (void)leaky_relu(x, 0.1);
    (void)leaky_relu(x, 0);
  }
  REQUIRE(listener.calls.size() == 8);
  CHECK(listener.calls[0].op == "relu");
  CHECK(listener.calls[0].path == "");
  CHECK(listener.calls[1].path == "block");
  CHECK(listener.calls[2].path == "block.act");
  CHECK(listener.calls[3].call == 3);
  CHECK(listener.calls[4].call == 0);
  CHECK(listener.calls[1].side == NegativeSide::nonzero);
  CHECK(listener.calls[3].side == NegativeSide::zero);
}

TEST_CASE("observe: a listener may decline counts, and outside of a scope nothing is heard") {
  Noter listener;
  listener.want = false;
  {
    const Observe scope(listener);
    (void)relu(Variable(random({4, 3})));
  }
  (void)relu(Variable(random({4, 3})));
  CHECK(listener.calls.empty());
  CHECK(listener.rectified_calls == 1);
}

TEST_CASE(
    "observe: a listener gets results, to hang hooks on, and how pre-activations came about") {
  struct Curious final : RectifierListener {
    UnitCounts* counts(const RectifierSite&) override { return nullptr; }
    bool wants_pre_activations() const override { return true; }
    bool wants_results() const override { return true; }
    void derived(const Derivation& d) override { made = d; }
    void rectified(const RectifierSite& site, const PreActivations& pre_activations) override {
      const Tensor& z = pre_activations.tensor();
      known.push_back(made.result.defined() && made.result.bytes() == z.bytes());
      CHECK(site.activations.shape() == z.shape());
      if (site.negative_side == NegativeSide::zero) return;
      slopes = site.slopes();
    }
    void activated(const RectifierSite& site, Variable& y) override {
      y.register_hook([this, op = std::string(site.op)](const Tensor& dy) {
        reached.push_back(op + " " + std::to_string(dy.numel()));
        return Tensor();
      });
    }
    Derivation made;
    Tensor slopes;
    std::vector<bool> known;
    std::vector<std::string> reached;
  } listener;
  const Variable x = parameter(random({4, 3})), w = parameter(random({3, 3}));
  RunningMoments moments{Tensor::zeros({3}), Tensor::ones({3}), 0.1};
  const Variable one = parameter(Tensor::ones({3})), zero = parameter(Tensor::zeros({3}));
  {
    const Observe scope(listener);
    const Variable a = relu(linear(x, w, zero)),
                   b = batch_norm_relu(a, one, zero, moments, NormBy::running, 1e-5);
    const Variable c = add_relu(a, b), d = tanh(c - b), e = leaky_relu(d, 0.25);
    sum(e).backward();
    CHECK(sum(tanh(parameter(random({4})))).rank() == 0);  // without units: unobserved
  }
  CHECK(listener.known ==
        std::vector<bool>{true, true, true, true, false});  // leaky_relu reads an activation
  CHECK(listener.reached ==
        std::vector<std::string>{"leaky_relu 12", "tanh 12", "relu 12", "relu 12", "relu 12"});
  for (const float v : listener.slopes.values<float>()) CHECK((v == 1.0f || v == 0.25f));
}

TEST_CASE("observe: error for inputs without units") {
  Noter listener;
  const Observe scope(listener);
  CHECK_THROWS_WITH_AS(
      relu(Variable(random({4}))), "relu: [4]: liveness needs [N, units, ...]", ShapeError);
}
