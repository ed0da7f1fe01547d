#include "lively/optim/optimizer.h"

#include "lively/autograd/ops.h"
#include "lively/optim/adaptive.h"
#include "lively/optim/clip.h"
#include "lively/tensor/block_pool.h"
#include "lively/tensor/random.h"
#include "lively/tensor/threads.h"

#include "tests/optim/parameters.h"
#include "tests/with_threads.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <vector>

using namespace lively;
using lively::testing::kInf, lively::testing::of;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void give(Variable p, std::initializer_list<double> gradient) {
  p.set_grad(Tensor::of<double>(gradient, p.shape()));
}

// How many elements it is asked to move at once.
class Sizes final : public Optimizer {
 public:
  explicit Sizes(std::vector<Variable> parameters)
      : Optimizer({{std::move(parameters), 1}}, {}, Moves::entries) {}
  std::string to_string() const override { return "sizes"; }
  std::vector<int64_t> seen;

 private:
  void update_parameter(const Update& u) override {
    const std::lock_guard lock(one_at_a_time_);
    seen.push_back(u.parameter.numel());
  }
  std::mutex one_at_a_time_;
};

}  // namespace

TEST_CASE("sgd: value with dampening, whose first step takes the whole gradient") {
  Variable p = of({1, 2});
  SGD optimizer({{{p}, 0.1, 0.5}}, {.momentum = 0.9, .dampening = 0.2});
  double v[2] = {0, 0}, want[2] = {1, 2};
  for (int t = 1; t <= 4; ++t) {
    give(p, {0.3, -0.7});
    optimizer.step();
    for (int i = 0; i < 2; ++i) {
      const double g = (i ? -0.7 : 0.3) + 0.5 * want[i];
      v[i] = t == 1 ? g : 0.9 * v[i] + 0.8 * g;
      want[i] -= 0.1 * v[i];
      CHECK(p.data().at({i}) == doctest::Approx(want[i]).epsilon(1e-14));
    }
  }
}

TEST_CASE("sgd: nan and infinity stay what they are") {
  Variable p = parameter(Tensor::of<float>({kInf, 1, 1}));
  p.set_grad(Tensor::of<float>({1, kInf, std::nanf("")}));
  SGD optimizer({p}, 0.1);
  optimizer.step();
  CHECK(p.data().at({0}) == kInf);  // without a weight decay there is no 0 · inf
  CHECK(p.data().at({1}) == -kInf);
  CHECK(std::isnan(p.data().at({2})));
}

TEST_CASE("adam: value of the first step is the learning rate, whatever the scale") {
  for (const double scale : {1e-3, 1.0, 1e6}) {
    Variable p = of({1, 1});
    give(p, {scale, -scale});
    Adam optimizer({p}, 0.01);
    optimizer.step();
    CHECK(p.data().at({0}) == doctest::Approx(0.99).epsilon(1e-6));
    CHECK(p.data().at({1}) == doctest::Approx(1.01).epsilon(1e-6));
  }
}

TEST_CASE("adam: value of a second moment that overflows: the step is exactly 0") {
  Variable p = parameter(Tensor::of<float>({1, 1}));
  p.set_grad(Tensor::of<float>({1e30f, 1}));
  Adam optimizer({p}, 0.01);
  optimizer.step();
  CHECK(p.data().at({0}) == 1);
  CHECK(p.data().at({1}) < 1);
  CHECK(optimizer.state(0)[1].value.at({0}) == kInf);
}

TEST_CASE("adamw: value of the decay, apart from the gradient") {
  Variable p = of({2}), q = of({2});
  give(p, {0});
  give(q, {0});
  AdamW optimizer({p}, 0.1, 0.5);
  optimizer.step();
  CHECK(p.data().at({0}) == doctest::Approx(2 * (1 - 0.1 * 0.5)));
  Adam l2({{{q}, 0.1, 0.5}});
  l2.step();
  CHECK(q.data().at({0}) == doctest::Approx(1.9));  // the decay alone is a gradient: one whole step
}

// Parameters after 1, 5, 6 and 12 steps of torch 2.13 at lr 0.05, betas (0.8, 0.9), decay 0.1.
TEST_CASE("optimizers: value of Adam's kin is PyTorch's") {
  using Groups = std::vector<ParameterGroup>;
  using Made = std::unique_ptr<Optimizer>;
  const AdamOptions plain{.beta1 = 0.8, .beta2 = 0.9}, largest{0.8, 0.9, 1e-8, true};
  struct Row {
    const char* name;
    std::function<Made(Groups)> make;
    std::vector<double> first, second;
  };
  const std::vector<Row> rows{
      {"nadam", [&](Groups g) { return std::make_unique<NAdam>(g, plain); },
          {0.9452360967856502, 1.00882710919971, 0.9561487512998215, 0.924445858374969},
          {-1.9452360986111137, -1.7414007725344118, -1.6857074873967068, -1.3292654959791703}},
      {"radam", [&](Groups g) { return std::make_unique<RAdam>(g, plain); },
          {0.97, 0.9559467398274594, 0.9538463266891971, 0.9412260464063256},
          {-1.99, -1.9214932587235578, -1.9086262266551834, -1.7645845159327533}},
      {"adam amsgrad", [&](Groups g) { return std::make_unique<Adam>(g, largest); },
          {0.9500000008333334, 0.9266192082154594, 0.9187183061083621, 0.8774948119411008},
          {-1.9500000025, -1.7504308497899335, -1.699910739043983, -1.3881331359455116}},
      {"adamw amsgrad", [&](Groups g) { return std::make_unique<AdamW>(g, largest); },
          {0.9450000009999999, 0.9195371805076169, 0.9107159222243715, 0.8560218977398958},
          {-1.99, -1.77875969554248, -1.7219189832383894, -1.3689583738923843}}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Variable p = of({1, -2});
    const Made optimizer = row.make({{{p}, 0.05, 0.1}});
    std::size_t seen = 0;
    for (int t = 1; t <= 12; ++t) {
      give(p, {(t / 3 % 2 ? -0.3 : 0.3) * t + 0.2 * p.data().at({0}),
                  0.5 - 0.1 * t + 0.2 * p.data().at({1})});
      optimizer->step();
      if (t != 1 && t != 5 && t != 6 && t != 12) continue;
      CHECK(p.data().at({0}) == doctest::Approx(row.first[seen]).epsilon(1e-12));
      CHECK(p.data().at({1}) == doctest::Approx(row.second[seen++]).epsilon(1e-12));
    }
  }
  CHECK_THROWS_WITH_AS(NAdam({{{of({1})}}}, largest), "nadam: has no amsgrad", ValueError);
}

TEST_CASE("optimizer: value: a parameter without a gradient keeps value, state and step count") {
  Variable p = of({1}), q = of({1});
  Adam optimizer({p, q}, 0.1);
  give(p, {1});
  optimizer.step();
  optimizer.step();
  CHECK(optimizer.steps(0) == 2);
  CHECK(optimizer.steps(1) == 0);
  CHECK(q.data().at({0}) == 1);
  give(q, {1});
  optimizer.step();  // q's own first step: bias correction starts there
  CHECK(q.data().at({0}) == doctest::Approx(0.9).epsilon(1e-6));
  optimizer.zero_grad();
  CHECK(!p.grad().defined());
  optimizer.step();
  CHECK(optimizer.steps(0) == 3);
}

TEST_CASE("optimizer: value of groups and of the factor on their rates") {
  Variable p = of({1}), q = of({1});
  SGD optimizer({{{p}, 0.1, 0}, {{q}, 0.01, 0}});
  give(p, {1});
  give(q, {1});
  optimizer.set_lr_factor(0.5);
  CHECK(optimizer.lr(0) == 0.05);
  CHECK(optimizer.lr(1) == 0.005);
  optimizer.step();
  CHECK(p.data().at({0}) == doctest::Approx(0.95));
  CHECK(q.data().at({0}) == doctest::Approx(0.995));
  optimizer.set_lr(0.2, 1);
  CHECK(optimizer.lr(1) == 0.1);
  CHECK(optimizer.lr(0) == 0.05);
  CHECK_THROWS_AS(optimizer.lr(2), std::out_of_range);
}

TEST_CASE("optimizer: value of state, by index and by parameter, repaired unit by unit") {
  Variable w = parameter(Tensor::ones({3, 2})), b = parameter(Tensor::ones({3}));
  Adam optimizer({w, b}, 0.1);
  w.set_grad(Tensor::full({3, 2}, 2));
  b.set_grad(Tensor::full({3}, 2));
  optimizer.step();
  CHECK(optimizer.parameter_count() == 2);
  CHECK(optimizer.index_of(b) == 1);
  const auto state = optimizer.state(optimizer.index_of(w));
  REQUIRE(state.size() == 2);
  CHECK(state[0].name == "exp_avg");
  CHECK(state[1].name == "exp_avg_sq");
  CHECK(state[0].value.shape() == Shape{3, 2});
  CHECK(state[0].value.at({1, 0}) == doctest::Approx(0.2));
  CHECK(state[1].value.at({1, 0}) == doctest::Approx(0.004));

  optimizer.renew(0, 0, 1);
  for (const auto& [name, t] : optimizer.state(0)) {
    CHECK(t.at({1, 0}) == 0);
    CHECK(t.at({1, 1}) == 0);
    CHECK(t.at({0, 1}) > 0);
  }
  CHECK(SGD({w}, 0.1).state(0).empty());
  CHECK(SGD({w}, 0.1, {.momentum = 0.9}).state(0)[0].name == "momentum_buffer");
}

TEST_CASE("optimizer: value goes on to the bit from state and step counts") {
  const auto gradient = [](int t) { return Tensor::full({5}, 0.1 * t - 0.35); };
  Variable straight = parameter(Tensor::ones({5})), resumed = parameter(Tensor::ones({5}));
  Adam a({straight}, 0.01);
  Tensor moments[2];
  Tensor weights;
  for (int t = 1; t <= 8; ++t) {
    straight.set_grad(gradient(t));
    a.step();
    if (t != 4) continue;
    weights = straight.data().clone();
    for (int i = 0; i < 2; ++i) moments[i] = a.state(0)[i].value.clone();
  }
  Adam b({resumed}, 0.01);
  resumed.mutable_data().copy_from(weights);
  for (std::size_t i = 0; i < 2; ++i) b.state(0)[i].value.copy_from(moments[i]);
  b.set_steps(0, 4);
  for (int t = 5; t <= 8; ++t) {
    resumed.set_grad(gradient(t));
    b.step();
  }
  CHECK(std::ranges::equal(straight.data().values<float>(), resumed.data().values<float>()));
}

TEST_CASE("optimizer: value, renewed places go on as a parameter of their own, others by no bit") {
  Tensor start = Tensor::empty({5, 7});
  Stream stream(Seed{2}, "start");
  fill_normal(start, stream, 0, 1);
  const auto gradient = [](int t) {
    Tensor g = Tensor::empty({5, 7});
    Stream s(Seed{1}, "gradient", static_cast<uint64_t>(t));
    fill_normal(g, s, 0, 1);
    return g;
  };
  const auto equal = [](const Tensor& a, const Tensor& b) {
    const Tensor x = a.contiguous(), y = b.contiguous();
    return std::ranges::equal(x.values<float>(), y.values<float>());
  };
  for (const std::string_view name : optimizer_names()) {
    CAPTURE(name);
    const OptimizerSettings settings{
        .lr = 0.01, .momentum = name == "sgd" ? 0.9 : 0.0, .weight_decay = 0.1};
    Variable whole = parameter(start.clone()), plain = parameter(start.clone());
    auto a = make_optimizer(name, {whole}, settings), b = make_optimizer(name, {plain}, settings);
    const auto step = [&](int t) {
      whole.set_grad(gradient(t)), plain.set_grad(gradient(t));
      a->step(), b->step();
    };
    for (int t = 1; t <= 3; ++t) step(t);
    a->renew(0, 0, 2), a->renew(0, 1, 4, 2);
    CHECK(a->renewed(0).size() == 2);
    CHECK(a->steps(0) == 3);
    for (const auto& [entry, t] : a->state(0))
      for (int64_t c = 0; c < 7; ++c) CHECK(t.at({2, c}) == 0);
    // Two of their own, which begin here.
    Variable row = parameter(plain.data().slice(0, 2, 3).clone()),
             columns = parameter(plain.data().slice(1, 4, 6).clone());
    auto of_row = make_optimizer(name, {row}, settings),
         of_columns = make_optimizer(name, {columns}, settings);
    for (int t = 4; t <= 9; ++t) {
      row.set_grad(gradient(t).slice(0, 2, 3).clone());
      columns.set_grad(gradient(t).slice(1, 4, 6).clone());
      step(t), of_row->step(), of_columns->step();
    }
    CHECK(equal(whole.data().slice(1, 4, 6), columns.data()));
    for (const auto& [first, last] : {std::pair{0, 4}, std::pair{6, 7}}) {
      CHECK(equal(
          whole.data().slice(0, 2, 3).slice(1, first, last), row.data().slice(1, first, last)));
      for (const auto& [top, bottom] : {std::pair{0, 2}, std::pair{3, 5}})
        CHECK(equal(whole.data().slice(0, top, bottom).slice(1, first, last),
            plain.data().slice(0, top, bottom).slice(1, first, last)));
    }
    CHECK_FALSE(equal(whole.data().slice(0, 2, 3), plain.data().slice(0, 2, 3)));

    // A copy with the same parts goes on to the same bits.
    Variable other = parameter(whole.data().clone());
    auto copy = a->copy_for(a->groups_over({other}));
    copy->set_steps(0, a->steps(0)), copy->set_renewed(0, a->renewed(0));
    for (std::size_t k = 0; k < a->state(0).size(); ++k)
      copy->state(0)[k].value.copy_from(a->state(0)[k].value);
    whole.set_grad(gradient(10)), other.set_grad(gradient(10));
    a->step(), copy->step();
    CHECK(equal(whole.data(), other.data()));
    a->renew(0, 0, 2);  // once more
    CHECK(a->renewed(0).size() == 2);
    CHECK(a->renewed(0)[1].since == 10);
  }
  Variable p = parameter(start.clone());
  SGD sgd({p}, 0.1);
  CHECK_THROWS_WITH_AS(sgd.renew(0, 0, 4, 2),
      "optimizer: parameter 0: has no places 4 to 5 of axis 0 from step 0", ValueError);
  CHECK_THROWS_AS(sgd.renew(0, 2, 0), ValueError);
  CHECK_THROWS_AS(
      sgd.set_renewed(0, {{.axis = 0, .first = 0, .count = 1, .since = 1}}), ValueError);
}

TEST_CASE("optimizer: threads do not change the bits") {
  // Large and small ones, one without a gradient, one whose rows differ in their steps.
  const auto run = [](int n, std::string_view name) {
    const testing::WithThreads use(n);
    std::vector<Variable> all;
    Stream stream(Seed{1}, "gradient");
    for (const Shape& shape :
        {Shape{5}, Shape{300, 300}, Shape{7, 3}, Shape{64, 64}, Shape{2, 2}, Shape{150, 211}}) {
      Variable p = parameter(Tensor::ones(shape));
      Tensor g = Tensor::empty(shape);
      fill_normal(g, stream, 0, 1);
      if (shape != Shape{2, 2}) p.set_grad(g);
      all.push_back(p);
    }
    const auto optimizer =
        make_optimizer(name, all, {.lr = 0.1, .momentum = name == "sgd" ? 0.9 : 0});
    for (int t = 0; t < 3; ++t) {
      optimizer->step();
      if (t == 0) optimizer->renew(2, 0, 1, 3);
    }
    clip_grad_norm(all, 1);
    optimizer->step();
    return all;
  };
  for (const std::string_view name : optimizer_names()) {
    CAPTURE(name);
    const auto one = run(1, name), two = run(2, name), three = run(3, name);
    for (std::size_t i = 0; i < one.size(); ++i) {
      CAPTURE(i);
      const auto values = one[i].data().values<float>();
      CHECK(std::ranges::equal(values, two[i].data().values<float>()));
      CHECK(std::ranges::equal(values, three[i].data().values<float>()));
      CHECK((values[0] == 1) == (i == 4));
    }
  }
}

TEST_CASE("optimizer: threads move ranges, but leaves over the same elements take turns") {
  const testing::WithThreads two(2);
  const auto seen = [](const Tensor& one, const Tensor& other) {
    Variable a = parameter(one.slice(0, 0, 120'000)), b = parameter(other);
    a.set_grad(Tensor::ones(a.shape()));
    b.set_grad(Tensor::ones(b.shape()));
    Sizes optimizer({a, b});
    optimizer.step();
    std::ranges::sort(optimizer.seen);
    return optimizer.seen;
  };
  const Tensor t = Tensor::zeros({200'000});
  // From the last: the half of all, 160,000, ends within b.
  CHECK(seen(Tensor::zeros({200'000}), t) == std::vector<int64_t>{40'000, 120'000, 160'000});
  CHECK(seen(t, t) == std::vector<int64_t>{120'000, 200'000});
}

TEST_CASE("optimizer: value of a step asks nobody for memory") {
  Variable p = parameter(Tensor::ones({2, 2})), q = parameter(Tensor::ones({2}));
  p.set_grad(Tensor::ones({2, 2}));
  q.set_grad(Tensor::ones({2}));
  Adam optimizer({p, q}, 0.1);
  optimizer.step();
  const MemoryStats before = memory_stats();
  for (int i = 0; i < 10; ++i) optimizer.step();
  CHECK(memory_stats().live_blocks == before.live_blocks);
  CHECK(memory_stats().system_requests == before.system_requests);
}

TEST_CASE("optimizer: error texts") {
  const Variable p = of({1});
  const std::vector<Variable> one{p};
  const auto sgd = [&](double lr, SgdOptions options) { SGD{one, lr, options}; };
  const auto adam = [&](AdamOptions options) { Adam{one, 0.1, options}; };
  CHECK_THROWS_WITH_AS(sgd(-1, {}), "optimizer: lr -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      sgd(kNan, {}), "optimizer: lr nan: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      sgd(kInf, {}), "optimizer: lr inf: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      sgd(0.1, {.momentum = 1}), "sgd: momentum 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(
      sgd(0.1, {.momentum = -0.5}), "sgd: momentum -0.5: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(sgd(0.1, {.momentum = 0.5, .dampening = 2}),
      "sgd: dampening 2: needs 0 to below 1", ValueError);
  const char* nesterov = "sgd: nesterov needs momentum above 0 and no dampening";
  CHECK_THROWS_WITH_AS(sgd(0.1, {.nesterov = true}), nesterov, ValueError);
  CHECK_THROWS_WITH_AS(
      sgd(0.1, {.momentum = 0.9, .dampening = 0.1, .nesterov = true}), nesterov, ValueError);
  CHECK_THROWS_WITH_AS(adam({.beta1 = 1}), "adam: beta 1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(adam({.beta2 = -0.1}), "adam: beta -0.1: needs 0 to below 1", ValueError);
  CHECK_THROWS_WITH_AS(adam({.eps = -1}), "adam: eps -1: needs at least 0", ValueError);
  CHECK_THROWS_WITH_AS(
      AdamW(one, 0.1, -1), "optimizer: weight_decay -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(SGD({p, p}, 0.1), "optimizer: parameter 1: is named twice", ValueError);
  CHECK_THROWS_WITH_AS(SGD(std::vector<Variable>{}, 0.1), "optimizer: no parameters", ValueError);
  const char* no_leaf = "optimizer: parameter 0: is no leaf that wants a gradient";
  CHECK_THROWS_WITH_AS(SGD({Variable(Tensor::ones({1}))}, 0.1), no_leaf, ValueError);
  CHECK_THROWS_WITH_AS(SGD({p * 2}, 0.1), no_leaf, ValueError);
  CHECK_THROWS_WITH_AS(SGD({Variable()}, 0.1), no_leaf, ValueError);
  CHECK_THROWS_WITH_AS(SGD({parameter(Tensor::ones({2, 3}).t())}, 0.1),
      "optimizer: parameter 0 [3,2]: is not row-major", ValueError);
  SGD optimizer({p}, 0.1);
  CHECK_THROWS_WITH_AS(
      optimizer.set_lr(-1), "optimizer: lr -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS(optimizer.set_lr_factor(-1),
      "optimizer: lr factor -1: needs a number of at least 0", ValueError);
  CHECK_THROWS_WITH_AS((void)optimizer.index_of(of({1, 2})),
      "optimizer: [2]: is none of its 1 parameters", ValueError);
  CHECK_THROWS_WITH_AS((void)optimizer.index_of(Variable()),
      "optimizer: tensor is undefined (a gradient before backward()?)", StateError);
}

TEST_CASE("optimizer: value: eps reaches every optimizer that has one") {
  // The first step from g = 1 with eps = 1 and lr = 1, by the formulas of the papers.
  const std::vector<std::pair<const char*, double>> want{{"adam", 1 / (1 + 1.0)},
      {"adamw", 1 / (1 + 1.0)}, {"adamax", 1 / (1 + 1.0)}, {"rmsprop", 1 / (std::sqrt(0.01) + 1)},
      {"adagrad", 1 / (1 + 1.0)}, {"adadelta", std::sqrt(0 + 1.0) / std::sqrt(0.1 + 1)}};
  for (const auto& one : want) {
    const std::string name = one.first;
    CAPTURE(name);
    Variable p(Tensor::zeros({1}, Dtype::float64), true);
    const auto optimizer = make_optimizer(name, {p}, {.lr = 1, .eps = 1});
    p.set_grad(Tensor::ones({1}, Dtype::float64));
    optimizer->step();
    CHECK(p.data().at({0}) == doctest::Approx(-one.second).epsilon(1e-12));
  }
}

TEST_CASE("optimizer: value by name") {
  const std::vector<Variable> one{of({1})};
  const auto made = [&](const char* name) {
    return make_optimizer(
        name, one, {.lr = 0.02, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1})
        ->to_string();
  };
  CHECK(made("sgd") == "sgd lr 0.02 momentum 0.9 nesterov weight_decay 0.1");
  CHECK(made("adam") == "adam lr 0.02 weight_decay 0.1");
  CHECK(made("adamw") == "adamw lr 0.02 weight_decay 0.1");
  for (const std::string_view name : optimizer_names())
    CHECK_NOTHROW(make_optimizer(name, one, {}));
  CHECK_THROWS_WITH_AS(
      make_optimizer("sgd", one, {.eps = 1e-7}), "sgd: eps 1e-07: has none to set", ValueError);
  CHECK_THROWS_WITH_AS(made("sdg"), "sdg: no such optimizer, did you mean sgd?", ValueError);
  std::string known;
  for (const std::string_view name : optimizer_names())
    (known += known.empty() ? "" : ", ") += name;
  CHECK(known.starts_with("sgd, adam, adamw, adamax, rmsprop, adagrad, adadelta"));
  CHECK_THROWS_WITH_AS(
      made("lion"), ("lion: no such optimizer; known: " + known).c_str(), ValueError);
}
