#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "apps/lab/tell/deciders.h"
#include "apps/lab/tell/log.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;

namespace {

// A run that learnt nothing, of a network of two layers.
Evidence stuck() {
  Evidence e;
  e.label_entropy = std::log(10.0);
  e.majority_share = e.accuracy = 0.1;
  e.losses.assign(300, e.label_entropy);
  e.loss = e.label_entropy;
  e.output_deviation = 1;
  e.held_out = {2000, 0.1, 0.1};
  e.samples_seen = 12800;
  e.wrong = 11500;
  e.update_ratios = {1e-3, 1e-3};
  e.motion_steps = 100;
  e.motion = {{.name = "1.weight", .pulled = 100}, {.name = "3.weight", .pulled = 100}};
  e.layers = {{.name = "1", .units = 10}, {.name = "2", .units = 10}};
  return e;
}

std::vector<Decider> decided(const Evidence& e, Verdict wanted) {
  const Diagnosis d = diagnose(e);
  CAPTURE(d.text);
  REQUIRE(d.verdict == wanted);
  return deciders(d, e);
}

}  // namespace

TEST_CASE("deciders: a frozen optimizer is told by what did not move, and what has overflowed") {
  Evidence e = stuck();
  e.motion = {{.name = "1.weight", .pulled = 100, .unmoved = 99, .non_finite_state = 40},
      {.name = "3.weight", .pulled = 300, .unmoved = 297, .non_finite_state = 2}};
  const auto all = decided(e, Verdict::frozen_optimizer);
  CHECK(all[0].value == 396.0 / 400);
  CHECK(all[1].value == 42);
}

TEST_CASE(
    "deciders: uninformative labels are told by the accuracy of the network and of its "
    "neighbours") {
  Evidence e = stuck();
  e.held_out.accuracy = 0.105;
  e.neighbours = HeldOut{2000, 0.11, 0.1};
  const auto all = decided(e, Verdict::uninformative_labels);
  CHECK(all[0].value == 0.105);
  CHECK(all[1].value == 0.11);
  CHECK(all[2].value == 0.1);
  e.neighbours.reset();
  e.label_entropy = 0.001;
  CHECK(decided(e, Verdict::uninformative_labels)[0].value == 0.001);
}

TEST_CASE(
    "deciders: wiring is told by the learning rate, loose parameters and inputs that are all the "
    "same") {
  Evidence e = stuck();
  e.learning_rate = 0;
  e.motion[1].wired = false;
  const auto all = decided(e, Verdict::wiring);
  CHECK(all[0].value == 1);
  CHECK(all[0].rule.find("3.weight") != std::string::npos);
  CHECK(all[1].value == 0);
  CHECK(all[2].value == 0);
  e.constant_input = true;
  CHECK(decided(e, Verdict::wiring)[2].value == 1);
}

TEST_CASE("deciders: oscillating and slow are told by what became of the copies") {
  Evidence e = stuck();
  for (std::size_t i = 0; i < e.losses.size(); ++i) e.losses[i] = i % 2 ? 3 : 2;
  e.late_loss = 2.5;
  e.loss_at_tenth = 1.5;
  e.loss_at_rate = 2.45;
  auto all = decided(e, Verdict::oscillating);
  CHECK(all[0].value == 2.5);
  CHECK(all[1].value == 1.5);
  CHECK(all[2].value == 2.45);
  e = stuck();
  for (std::size_t i = 0; i < e.losses.size(); ++i)
    e.losses[i] = 2.3 - 0.001 * static_cast<double>(i);
  e.loss = e.late_loss = 2.0;
  e.loss_at_tenfold = 0.5;
  all = decided(e, Verdict::slow);
  CHECK(all[0].value == 2.0);
  CHECK(all[1].value == 0.5);
}

TEST_CASE(
    "deciders: a death is told by the layer that the verdict names, not by the one with most "
    "dead") {
  Evidence e = stuck();
  // A dead layer with a way around it is no cut; the second one is.
  e.layers[0] = {.name = "around",
      .units = 10,
      .born_dead = 10,
      .dead = 10,
      .dead_from_birth = 10,
      .bypassed = true};
  e.layers[1] = {.name = "cut", .units = 20, .born_dead = 4, .dead = 20, .dead_from_birth = 4};
  const auto all = decided(e, Verdict::died);
  CHECK(all[0].what == "share of layer cut dead at the end");
  CHECK(all[0].rule == "20 of 20");
  CHECK(all[1].value == 4.0 / 20);
}

TEST_CASE("log: a cause with numbers that are not finite says so beside each") {
  const lively::testing::TemporaryFolder folder;
  const std::string path = folder / "run.jsonl";
  Settings s = default_settings(Architecture::mlp);
  s.log = path;
  const auto census = [](int64_t fired) {
    Census c;
    c.samples = 3;
    c.layers = {{.name = "1", .op = "relu", .counts = {3, 1, {fired}, {0}, {fired}}}};
    return c;
  };
  LifeHistory life;
  life.record(census(1), 0);
  life.record(census(0), 1);
  REQUIRE(life.changes().size() == 1);
  Cause cause;
  cause.where = FallBy::weights;
  cause.split.weights = cause.split.z_after = std::nan("");
  cause.own = UpdateParts{};
  cause.own->decay = std::numeric_limits<double>::infinity();
  const std::vector<Cause> causes{cause};
  {
    JsonLog log(path, "test", s);
    RunConfig config;
    config.box.low = config.box.high = Tensor::zeros({1}, Dtype::float32);
    log.on(config);
    log.on(Counted{.epoch = 1,
        .step = 1,
        .set = "train",
        .life = &life,
        .after = 0,
        .causes = &causes,
        .tells = Counted::Tells::changes});
    log.on(Counted{.epoch = 1,
        .step = 1,
        .set = "batches",
        .mode = CensusMode::training,
        .life = &life});
  }
  const auto c = lively::testing::events(path, "death").at(0).at("cause");
  CHECK(c.at("fall").is_null());
  CHECK(c.at("poisoned") == true);
  CHECK(c.at("shares").at("weights").is_null());
  CHECK(c.at("shares").at("poisoned") == true);
  CHECK(c.at("own").at("decay").is_null());
  CHECK(c.at("own").at("poisoned") == true);
  CHECK(lively::testing::events(path, "liveness").at(0).at("cut").is_null());  // nobody looked
}
