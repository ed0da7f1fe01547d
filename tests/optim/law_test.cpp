#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lively/optim/adaptive.h"
#include "lively/tensor/random.h"

using namespace lively;

// What an optimizer states for theorems, against what it does.
namespace {

std::unique_ptr<Optimizer> make(std::string_view name, std::vector<ParameterGroup> groups) {
  return make_optimizer(name, {parameter(Tensor::zeros({1}))}, {})->copy_for(std::move(groups));
}

// Every named one, and those with options that no name has.
std::vector<std::unique_ptr<Optimizer>> all_over(const std::vector<ParameterGroup>& groups) {
  std::vector<std::unique_ptr<Optimizer>> all;
  for (const std::string_view name : optimizer_names()) all.push_back(make(name, groups));
  all.push_back(std::make_unique<SGD>(groups, SgdOptions{.momentum = 0.9, .dampening = 0.3}));
  all.push_back(std::make_unique<SGD>(groups, SgdOptions{.momentum = 0.8, .nesterov = true}));
  all.push_back(std::make_unique<RMSprop>(groups, RmsPropOptions{.momentum = 0.9}));
  all.push_back(std::make_unique<Adam>(groups, AdamOptions{.beta1 = 0.5, .beta2 = 0.3}));
  return all;
}

Variable drawn(const Shape& shape, Stream& s) {
  Tensor t = Tensor::empty(shape);
  for (float& v : t.mutable_values<float>()) v = static_cast<float>(s.normal());
  return parameter(t);
}

bool same(const Tensor& a, const Tensor& b) {
  return std::ranges::equal(a.values<float>(), b.values<float>());
}

// An optimizer that says nothing of itself but what every class must.
class Signs final : public Optimizer {
 public:
  explicit Signs(std::vector<ParameterGroup> groups) : Optimizer(std::move(groups), {}) {}
  std::string to_string() const override { return "signs"; }

 private:
  void update_parameter(const Update& u) override {
    float* p = u.parameter.mutable_data<float>();
    const float* g = u.gradient.data<float>();
    for (int64_t i = 0; i < u.parameter.numel(); ++i)
      p[i] -= static_cast<float>(u.lr) * (g[i] < 0 ? -1.0f : 1.0f);
  }
};

}  // namespace

TEST_CASE("optimizer: value of a copy goes on to the bit, row by row too, with each one's rate") {
  Stream s(Seed{1}, "law");
  const Variable w = drawn({5, 3}, s), b = drawn({5}, s);
  for (const auto& optimizer : all_over({{{w}, 0.02, 0.1}, {{b}, 0.03, 0}})) {
    CAPTURE(optimizer->to_string());
    Variable own[] = {w, b};
    for (int k = 0; k < 3; ++k) {
      for (Variable& p : own) p.set_grad(drawn(p.shape(), s).data());
      optimizer->step();
    }
    std::vector<Variable> whole, rows;  // all of each, and row 2
    for (const Variable& p : own) {
      whole.push_back(parameter(p.data().clone()));
      rows.push_back(parameter(p.data().slice(0, 2, 3).clone()));
    }
    const auto all = optimizer->copy_for(optimizer->groups_over(whole)),
               one = optimizer->copy_for(optimizer->groups_over(rows));
    CHECK(all->to_string() == optimizer->to_string());
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(all->group_of(i).lr == optimizer->group_of(i).lr);
      CHECK(all->group_of(i).weight_decay == optimizer->group_of(i).weight_decay);
      CHECK(all->steps(i) == 0);
      const auto from = optimizer->state(i);
      REQUIRE(all->state(i).size() == from.size());
      for (std::size_t k = 0; k < from.size(); ++k) {
        CHECK(all->state(i)[k].name == from[k].name);
        all->state(i)[k].value.copy_from(from[k].value);
        one->state(i)[k].value.copy_from(from[k].value.slice(0, 2, 3));
      }
      all->set_steps(i, 3), one->set_steps(i, 3);
    }
    for (int k = 0; k < 5; ++k) {
      for (std::size_t i = 0; i < 2; ++i) {
        own[i].set_grad(drawn(own[i].shape(), s).data());
        whole[i].set_grad(own[i].grad());
        rows[i].set_grad(own[i].grad().slice(0, 2, 3).contiguous());
      }
      for (Optimizer* o : {optimizer.get(), all.get(), one.get()}) o->step();
    }
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(same(whole[i].data(), own[i].data()));
      CHECK(same(rows[i].data(), own[i].data().slice(0, 2, 3)));
      for (std::size_t k = 0; k < optimizer->state(i).size(); ++k)
        CHECK(same(one->state(i)[k].value, optimizer->state(i)[k].value.slice(0, 2, 3)));
    }
  }
}

TEST_CASE(
    "optimizer: value of its law: with a state of 0 nothing moves, and reach bounds the rest") {
  Stream s(Seed{2}, "law");
  Variable p = drawn({400}, s);
  int stated = 0;
  for (const auto& optimizer : all_over({{{p}, 1, 0}})) {
    CAPTURE(optimizer->to_string());
    const auto law = optimizer->law();
    if (!law) continue;
    ++stated;
    const Tensor start = p.data().clone();
    p.set_grad(Tensor::zeros(p.shape()));
    for (int k = 0; k < 20; ++k) optimizer->step();
    CHECK(same(p.data(), start));
    // Some gradients, then none.
    for (int k = 0; k < 5; ++k) {
      p.set_grad(drawn(p.shape(), s).data());
      optimizer->step();
    }
    p.set_grad(Tensor::zeros(p.shape()));
    const auto state = optimizer->state(0);
    std::vector<double> reach;
    for (int64_t i = 0; i < p.numel(); ++i) {
      std::vector<double> entry;
      for (const auto& [name, t] : state) entry.push_back(t.at({i}));
      reach.push_back(law->reach(entry));
    }
    const bool carries = !law->first_moment.empty();
    CHECK(carries ==
          std::ranges::any_of(state, [&](const auto& t) { return t.name == law->first_moment; }));
    CHECK(carries == std::ranges::any_of(reach, [](double r) { return r > 0; }));
    int64_t moved = 0, beyond = 0;
    for (int k = 0; k < 200; ++k) {
      const Tensor before = p.data().clone();
      optimizer->step();
      for (int64_t i = 0; i < p.numel(); ++i) {
        const double way = std::abs(p.data().at({i}) - before.at({i}));
        moved += way > 0;
        beyond += way > reach[static_cast<std::size_t>(i)] * (1 + 1e-5) + 1e-6;
      }
    }
    CHECK(beyond == 0);
    CHECK(carries == (moved > 0));
    // Without its first moment it stands still at once.
    for (auto& [name, t] : optimizer->state(0))
      if (name == law->first_moment) t.fill(0);
    const Tensor end = p.data().clone();
    optimizer->step();
    CHECK(same(p.data(), end));
  }
  CHECK(stated >= 10);
}

TEST_CASE("optimizer: value of its law: a decay that shrinks is one factor, once nothing is left") {
  Stream s(Seed{3}, "law");
  int shrink = 0;
  for (const std::string_view name : optimizer_names()) {
    CAPTURE(name);
    Variable p = drawn({50}, s);
    const auto optimizer = make(name, {{{p}, 0.1, 0.5}});
    const Tensor start = p.data().clone();
    p.set_grad(Tensor::zeros(p.shape()));
    optimizer->step();
    bool one_factor = true;
    for (int64_t i = 0; i < p.numel(); ++i)
      one_factor &= std::abs(p.data().at({i}) / start.at({i}) - 0.95) < 1e-5;
    if (optimizer->law()) CHECK(optimizer->law()->decay_shrinks == one_factor);
    shrink += one_factor;
  }
  CHECK(shrink >= 2);  // sgd and adamw
}

TEST_CASE("optimizer: value of its law where a state is not finite") {
  const Variable p = parameter(Tensor::zeros({1}));
  const auto reach = [&](std::string_view name, std::vector<double> state) {
    return make(name, {{{p}}})->law()->reach(state);
  };
  CHECK(reach("adam", {0.5, HUGE_VAL}) == 0);  // overflowed: it never moves again
  CHECK_FALSE(std::isfinite(reach("adam", {0, NAN})));
  CHECK_FALSE(std::isfinite(reach("adamax", {NAN, 1})));
  CHECK(reach("rmsprop", {HUGE_VAL, 0, 0}) == 0);
  CHECK_FALSE(std::isfinite(reach("rmsprop", {1, HUGE_VAL, 0})));
  CHECK_FALSE(std::isfinite(reach("adagrad", {NAN})));
  CHECK_FALSE(std::isfinite(reach("adadelta", {1, HUGE_VAL})));
}

TEST_CASE("optimizer: error: without an eps, or with a variance that rounds, there is no law") {
  const std::vector<ParameterGroup> one{{{parameter(Tensor::zeros({1}))}}};
  for (const char* name : {"adam", "adamw", "adamax", "rmsprop", "adagrad", "adadelta"})
    CHECK_FALSE(make_optimizer(name, one[0].parameters, {.eps = 0})->law());
  CHECK_FALSE(RMSprop(one, {.centered = true}).law());
  CHECK_FALSE(Adam(one, {.beta1 = 0.9, .beta2 = 0.5}).law());  // m / sqrt(v) grows
  CHECK_FALSE(Adamax(one, {.beta1 = 0.9, .beta2 = 0.5}).law());
}

TEST_CASE("optimizer: error of a class that states nothing") {
  Variable p = parameter(Tensor::zeros({2}));
  Signs optimizer({{{p}}});
  CHECK_FALSE(optimizer.law());
  CHECK_THROWS_WITH_AS((void)optimizer.copy_for({{{p}}}),
      "optimizer: signs: cannot be made again, its class has no copy_for()", StateError);
  CHECK_THROWS_WITH_AS((void)optimizer.groups_over({p, p}),
      "optimizer: 2 parameters in place of its 1: needs as many", ValueError);
  CHECK_THROWS_WITH_AS((void)optimizer.group_of(1), "optimizer: parameter 1: it has 1", ValueError);
}

TEST_CASE("optimizer: value: each that has a name can be made again") {
  Variable p = parameter(Tensor::zeros({2}));
  for (const std::string_view name : optimizer_names()) {
    CAPTURE(name);
    const auto optimizer = make_optimizer(name, {p}, {});
    CHECK(optimizer->copy_for(optimizer->groups())->to_string() == optimizer->to_string());
  }
}
