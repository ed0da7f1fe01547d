#include <doctest/doctest.h>

#include <cmath>

#include "apps/lab/inquiry/inquest.h"
#include "apps/lab/run/examine.h"
#include "lively/autograd/ops.h"
#include "lively/data/loader.h"
#include "lively/data/synthetic_digits.h"
#include "lively/nn/conv.h"
#include "lively/nn/linear.h"
#include "lively/nn/norm.h"
#include "lively/optim/clip.h"
#include "lively/tensor/ops.h"

using namespace lively;
using namespace lively::lab;

namespace {

const ImageDataset& pictures() {
  static const ImageDataset data = synthetic_digits(0, 600);
  return data;
}

Task task() { return {pictures().sample_shape(), pictures().classes()}; }

Settings small(Architecture architecture = Architecture::mlp) {
  Settings s = default_settings(architecture);
  s.depth = architecture == Architecture::mlp ? 2 : 8;
  s.width = architecture == Architecture::mlp ? 12 : 4;
  s.batch_size = 32;
  s.momentum = 0;
  s.weight_decay = 0;
  s.schedule = "constant";
  s.lr = 0.02;
  s.replay = true;
  return s;
}

struct Death {
  int64_t step;
  std::string layer;
  int64_t unit;
  Cause cause;
};

// A run with a census after every step, into which a test reaches.
struct Bench {
  using Reach = std::function<void(Bench&)>;
  Settings s;
  std::unique_ptr<Module> model = build_model(s, task());
  std::vector<Variable> parameters = model->parameters();
  std::unique_ptr<Optimizer> optimizer = make_optimizer(s.optimizer, parameters,
      {.lr = s.lr, .momentum = s.momentum, .nesterov = s.nesterov, .weight_decay = s.weight_decay});
  Inquest inquest{s, task(), pictures(), true};
  LifeHistory life{};
  Batch batch{};
  int64_t step = 0;
  std::vector<Death> deaths{};
  std::vector<Replay> replays{};

  void count() {
    const Census census = examine(*model, pictures(), s.loss).census;
    life.record(census, step);
    const auto& causes = inquest.hold(*model, *optimizer, life, census, step);
    for (std::size_t i = 0; i < causes.size(); ++i)
      if (const LifeChange& c = life.changes()[i]; c.death && step > 0)
        deaths.push_back({step, life.layers()[c.layer].name, c.unit, causes[i]});
    for (const Replay& r : inquest.replays()) replays.push_back(r);
  }
  // `before` may change the batch and the rate, `after` the state, at the fatal step; `between`
  // what the census before it then sees.
  void run(int64_t steps, int64_t fatal, const Reach& before, const Reach& after = {},
      const Reach& between = {}) {
    const DataLoader loader(
        pictures(), {.batch_size = s.batch_size, .shuffle = true, .seed = Seed{3}});
    count();
    for (int64_t e = 1; step < steps; ++e) {
      Epoch pass = loader.epoch(e);
      for (int64_t b = 0; step < steps && pass.next(batch); ++b) {
        ++step;
        const double usual = optimizer->lr();
        if (step == fatal && before) before(*this);
        inquest.step_begins(batch, pass.order(), b * s.batch_size);
        optimizer->zero_grad();
        loss_of(s.loss, (*model)(Variable(batch.inputs)), batch.labels).backward();
        if (s.clip_value > 0) clip_grad_value(parameters, s.clip_value);
        if (s.clip > 0) clip_grad_norm(parameters, s.clip);
        optimizer->step();
        inquest.step_made(optimizer->lr(), parameters);
        if (step == fatal && after) after(*this);
        if (step + 1 == fatal && between) between(*this);
        optimizer->set_lr(usual);
        count();
      }
    }
  }
  template <class M>
  M& module(const std::string& path) {
    for (const auto& [name, m] : model->named_modules())
      if (name == path) return dynamic_cast<M&>(*m);
    fail<ValueError>("no module ", path);
  }
  const Death* death_of(const std::string& layer, int64_t unit, int64_t at) const {
    for (const Death& d : deaths)
      if (d.layer == layer && d.unit == unit && d.step == at) return &d;
    return nullptr;
  }
  // Was something removed that let the unit live?
  bool cured(const std::string& layer, int64_t unit, const std::string& removed) const {
    for (const Replay& r : replays)
      if (r.layer == layer && r.unit == unit && r.removed == removed) return r.lives;
    FAIL_CHECK("no replay of " << layer << " " << unit << " without " << removed);
    return false;
  }
};

bool sums(const Cause& c) {
  const FallSplit& s = c.split;
  return std::abs(s.weights + s.bias + s.upstream + s.norm - s.fall()) <=
         1e-12 * (1 + std::abs(s.z_before) + std::abs(s.z_after));
}

// A unit that fires on every sample: positive weights on pixels.
void make_alive(Bench& b, int64_t unit) {
  auto& layer = b.module<Linear>("1");
  layer.weight.mutable_data().select(0, unit).fill(0.01);
  layer.bias.mutable_data().select(0, unit).fill(0.1);
}

bool same_bits(Module& a, Module& b) {
  const StateDict x = a.state_dict(), y = b.state_dict();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Tensor p = x[i].value.contiguous(), q = y[i].value.contiguous();
    const std::size_t bytes =
        static_cast<std::size_t>(p.numel()) * (p.dtype() == Dtype::float32 ? 4 : 8);
    if (!std::equal(p.bytes(), p.bytes() + bytes, q.bytes())) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("inquest: a bias pushed down is found at that step, blamed, and cured by undoing it") {
  Bench b{small()};
  make_alive(b, 3);
  b.run(8, 5, {},
      [](Bench& x) { x.module<Linear>("1").bias.mutable_data().mutable_data<float>()[3] -= 100; });
  const Death* d = b.death_of("2", 3, 5);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::bias);
  CHECK(d->cause.how_fast == FallPace::cliff);
  CHECK_FALSE(d->cause.what);  // no part of an update
  CHECK(d->cause.split.bias == doctest::Approx(100).epsilon(0.01));
  CHECK(d->cause.split.z_before > 0);
  CHECK(d->cause.split.z_after <= 0);
  CHECK(d->cause.fall_of_max > 90);
  CHECK(d->cause.update_norm == doctest::Approx(100).epsilon(0.01));
  CHECK(b.cured("2", 3, "the change of its bias"));
  for (const Death& each : b.deaths) CHECK(sums(each.cause));
  // Units above lose an input: deaths there are by upstream, layer 1.
  for (const Death& each : b.deaths)
    if (each.layer == "4" && each.step == 5) CHECK(each.cause.upstream_layer == "1");
}

TEST_CASE(
    "inquest: a weight row pushed down is found at that step, blamed, and cured by undoing it") {
  Bench b{small()};
  make_alive(b, 2);
  b.run(6, 4, {},
      [](Bench& x) { x.module<Linear>("1").weight.mutable_data().select(0, 2).fill(-1); });
  const Death* d = b.death_of("2", 2, 4);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::weights);
  CHECK(d->cause.how_fast == FallPace::cliff);
  CHECK_FALSE(d->cause.what);
  CHECK(d->cause.split.upstream == 0);  // pixels stay
  CHECK(b.cured("2", 2, "the change of its weights"));
}

TEST_CASE("inquest: a step 100 times too long kills by its gradient, at that step") {
  Bench b{small()};
  b.run(7, 5, [](Bench& x) { x.optimizer->set_lr(100 * x.s.lr); });
  int64_t seen = 0;
  for (const Death& d : b.deaths) {
    if (d.step != 5) continue;
    ++seen;
    CHECK(sums(d.cause));
    CHECK(d.cause.lr == doctest::Approx(2));
    CHECK(d.cause.how_fast == FallPace::cliff);
    CHECK((d.cause.what == FallFrom::gradient || d.cause.what == FallFrom::outlier_sample));
    REQUIRE(d.cause.own);
    CHECK(d.cause.own->residue == 0);
    CHECK(d.cause.own->decay == 0);
    // Plain SGD: what the optimizer did to the unit is what became of it, to float32's rounding.
    const double own = d.cause.split.weights + d.cause.split.bias;
    CHECK(std::abs(d.cause.own->gradient - own) <
          1e-4 * (std::abs(d.cause.split.weights) + std::abs(d.cause.split.bias) + 1e-3));
    CHECK(d.cause.approximate == (d.cause.where == FallBy::upstream));
  }
  CHECK(seen > 3);
  // In the first layer z is linear in the weights: without their change it would still stand above
  // 0.
  for (const Death& d : b.deaths)
    if (d.step == 5 && d.layer == "2" && d.cause.where == FallBy::weights &&
        d.cause.split.z_before > d.cause.split.bias)
      CHECK(b.cured("2", d.unit, "the change of its weights"));
}

TEST_CASE("inquest: an outlier in the batch is named, and without it the unit lives") {
  Settings s = small();
  s.lr = 1e-3;
  Bench b{s};
  int64_t outlier = -1;
  b.run(5, 4, [&](Bench& x) {
    Tensor inputs = x.batch.inputs.clone();
    inputs.select(0, 7).copy_from(lively::mul(inputs.select(0, 7), Tensor::scalar(3000)));
    x.batch.inputs = inputs;
    outlier = 7;
  });
  REQUIRE(outlier == 7);
  int64_t named = 0, cured = 0;
  for (const Death& d : b.deaths) {
    if (d.step != 4) continue;
    if (d.layer == "2") {
      CHECK(d.cause.what == FallFrom::outlier_sample);
      CHECK(d.cause.batch_place == 7);
      CHECK(d.cause.batch_sample_share > 0.9);
    }
    named += d.cause.what == FallFrom::outlier_sample;
    for (const Replay& r : b.replays)
      cured += r.layer == d.layer && r.unit == d.unit && r.lives &&
               r.removed == message("training sample ", *d.cause.batch_sample);
  }
  CHECK(named > 0);
  CHECK(cured == named);
}

TEST_CASE("inquest: momentum's residue is named, and without it the unit lives") {
  Settings s = small();
  s.momentum = 0.9;
  Bench b{s};
  make_alive(b, 5);
  b.run(7, 6, {}, {}, [](Bench& x) { x.optimizer->state(0)[0].value.select(0, 5).fill(50); });
  const Death* d = b.death_of("2", 5, 6);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::weights);
  CHECK(d->cause.what == FallFrom::residue);
  REQUIRE(d->cause.own);
  CHECK(std::abs(d->cause.own->sum() - d->cause.split.weights - d->cause.split.bias) <
        1e-4 * d->cause.split.fall());
  CHECK(b.cured("2", 5, "the momentum's residue"));
}

TEST_CASE("inquest: Adam's residue is named too, as an approximation") {
  Settings s = small();
  s.optimizer = "adam";
  s.lr = 1e-3;
  Bench b{s};
  make_alive(b, 5);
  b.run(7, 6, {}, {}, [](Bench& x) { x.optimizer->state(0)[0].value.select(0, 5).fill(10); });
  const Death* d = b.death_of("2", 5, 6);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::weights);
  CHECK(d->cause.what == FallFrom::residue);
  CHECK(d->cause.approximate);
  CHECK(b.cured("2", 5, "the momentum's residue"));
}

TEST_CASE("inquest: decay that turns weights around is named, and without it the unit lives") {
  Settings s = small();
  s.lr = 1e-3;
  s.weight_decay = 1500;  // 1 - lr · decay = -0.5
  Bench b{s};
  make_alive(b, 1);
  b.run(1, 0, {});
  const Death* d = b.death_of("2", 1, 1);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::weights);
  CHECK(d->cause.what == FallFrom::decay);
  CHECK(std::abs(d->cause.own->sum() - d->cause.split.weights - d->cause.split.bias) <
        1e-4 * d->cause.split.fall());
  CHECK(b.cured("2", 1, "the weight decay"));
}

TEST_CASE("inquest: a layer below that goes dark is named, and the unit lives when it is undone") {
  Settings s = small();
  s.depth = 3;
  Bench b{s};
  b.module<Linear>("3").bias.mutable_data().fill(-0.01);
  b.run(4, 3, {}, [](Bench& x) {
    x.module<Linear>("1").weight.mutable_data().fill(0),
        x.module<Linear>("1").bias.mutable_data().fill(0);
  });
  int64_t above = 0;
  for (const Death& d : b.deaths) {
    if (d.step != 3) continue;
    CHECK(sums(d.cause));
    if (d.layer == "2") CHECK(d.cause.where == FallBy::weights);
    if (d.layer != "4") continue;
    ++above;
    CHECK(d.cause.where == FallBy::upstream);
    CHECK(d.cause.upstream_layer == "1");
    CHECK(d.cause.how_fast == FallPace::cliff);
    CHECK(b.cured("4", d.unit, "the change of hidden layer 1 of 3"));
  }
  CHECK(above > 3);
}

TEST_CASE(
    "inquest: in a ResNet channels die by their norm or their kernel, beside a shortcut too") {
  Bench b{small(Architecture::resnet)};
  b.module<Conv2d>("layer2.0.conv1")
      .weight.mutable_data()
      .select(0, 0)
      .fill(0.1);  // so that its mean is above 0
  b.run(3, 2, {}, [](Bench& x) {
    x.module<BatchNorm2d>("bn1").bias.mutable_data().mutable_data<float>()[1] -= 100;
    x.module<BatchNorm2d>("layer1.0.bn2").bias.mutable_data().mutable_data<float>()[2] -= 100;
    Tensor kernel = x.module<Conv2d>("layer2.0.conv1").weight.mutable_data().select(0, 0);
    kernel.fill(-10);
  });
  for (const auto& place : {std::pair{"act", 1}, std::pair{"layer1.0.act2", 2}}) {
    const char* layer = place.first;
    const int unit = place.second;
    CAPTURE(layer);
    const Death* d = b.death_of(layer, unit, 2);
    REQUIRE(d);
    CHECK(d->cause.unknown == "");
    CHECK(d->cause.where == FallBy::norm);
    CHECK(d->cause.split.norm == doctest::Approx(100).epsilon(0.1));
    CHECK(b.cured(layer, unit, "the change of its norm"));
  }
  const Death* d = b.death_of("layer2.0.act1", 0, 2);
  REQUIRE(d);
  CHECK(d->cause.where == FallBy::weights);
  CHECK(d->cause.approximate);
  CHECK(b.cured("layer2.0.act1", 0, "the change of its weights"));
  for (const Death& each : b.deaths) CHECK((!each.cause.unknown.empty() || sums(each.cause)));
}

TEST_CASE("inquest: units born dead have no cause but their birth") {
  Bench b{small()};
  b.module<Linear>("1").bias.mutable_data().mutable_data<float>()[4] = -1000;
  const Census census = examine(*b.model, pictures(), b.s.loss).census;
  b.life.record(census, 0);
  const auto& causes = b.inquest.hold(*b.model, *b.optimizer, b.life, census, 0);
  REQUIRE_FALSE(causes.empty());
  CHECK(causes[0].what == FallFrom::born);
  CHECK_FALSE(causes[0].where);
  CHECK(b.inquest.tally().born == static_cast<int64_t>(causes.size()));
}

TEST_CASE("inquest: a step made again with nothing left out gives the same bits") {
  const auto check = [](Settings s) {
    Bench b{s};
    b.run(3, 0, {});
    const KeptState before = keep_state(*b.model, *b.optimizer, b.step, 600);
    b.inquest.step_begins(b.batch, Tensor::arange(600), 0);
    b.optimizer->zero_grad();
    loss_of(s.loss, (*b.model)(Variable(b.batch.inputs)), b.batch.labels).backward();
    if (s.clip > 0) clip_grad_norm(b.parameters, s.clip);
    b.optimizer->step();
    const MadeStep made{.batch = b.batch, .samples = {}, .lr = b.optimizer->lr(), .gradients = {}};
    const auto copy = build_model(s, task());
    step_again(*copy, s, *b.optimizer, before, made, {});
    CHECK(same_bits(*copy, *b.model));
    step_again(*copy, s, *b.optimizer, before, made, {.sample = 3});
    CHECK_FALSE(same_bits(*copy, *b.model));
  };
  Settings s = small();
  s.replay = false;
  s.momentum = 0.9;
  s.nesterov = true;
  s.weight_decay = 0.01;
  s.dropout = 0.3;
  s.norm = "batch";
  s.clip = 0.5;
  check(s);
  s.optimizer = "adam";
  check(s);
  s = small(Architecture::resnet);
  s.replay = false;
  s.optimizer = "adamw";
  check(s);
}

TEST_CASE("inquest: the parts of an update sum to it, and are each what they are under sgd") {
  Settings s = small();
  s.momentum = 0.9;
  s.weight_decay = 0.05;
  Bench b{s};
  b.run(4, 0, {});
  const KeptState before = keep_state(*b.model, *b.optimizer, b.step, 600);
  MadeStep made{.batch = b.batch, .samples = {}, .lr = 0.02, .gradients = {}};
  for (const Variable& p : b.parameters) made.gradients.push_back(p.grad());
  const auto copy = build_model(s, task());
  const auto parts = parts_of_update(*copy, *b.optimizer, before, made);
  REQUIRE(parts.size() == b.parameters.size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (int64_t k = 0; k < parts[i].gradient.numel(); ++k) {
      // p -= lr (0.9 v + g + 0.05 p), Sutskever et al. 2013
      const double g = made.gradients[i].data<float>()[k],
                   v = before.optimizer[i][0].data<float>()[k],
                   p = b.parameters[i].data().data<float>()[k];
      const bool right = std::abs(parts[i].gradient.data<double>()[k] + 0.02 * g) < 1e-13 &&
                         std::abs(parts[i].residue.data<double>()[k] + 0.02 * 0.9 * v) < 1e-13 &&
                         std::abs(parts[i].decay.data<double>()[k] + 0.02 * 0.05 * p) < 1e-13;
      if (!right) FAIL_CHECK("parameter " << i << ", entry " << k);
    }
}
