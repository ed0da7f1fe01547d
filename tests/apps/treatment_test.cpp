#include <doctest/doctest.h>

#include <algorithm>

#include "apps/lab/treatment/candidates.h"
#include "apps/lab/treatment/ddmin.h"
#include "apps/lab/treatment/treatment.h"
#include "apps/lab/treatment/twin.h"
#include "apps/lab/whole_run.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

// A budget in steps, which no clock moves.
const TreatmentBudget kEnough{.seconds = 1e9, .steps = 20'000};

Treated treated(const std::string& flags, const DataSplits& data = digits<2000, 500>(),
    const TreatmentBudget& budget = kEnough) {
  Sinks nobody;
  const Settings recipe = with(flags);
  return treat(recipe, data, run(recipe, data, nobody), budget);
}

// Is this the change that cures, and is what was printed what a run of the printed command gives?
void check_cured(const std::string& flags, const std::string& change, const std::string& why) {
  CAPTURE(flags);
  const Treated t = treated(flags);
  CAPTURE(t.none);
  REQUIRE(t.cure.has_value());
  CHECK(t.cure->change == change);
  CHECK(t.why.find(why) != std::string::npos);
  CHECK(t.cure->learned);
  CHECK(t.cure->accuracy >= t.bar);
  REQUIRE(t.whole_run);
  const std::string program = "./apps/mnist_mlp";
  REQUIRE(t.command.starts_with(program));
  Sinks nobody;
  const Outcome o = run(with(t.command.substr(program.size())), digits<2000, 500>(), nobody);
  CHECK(o.test.accuracy == t.cure->accuracy);
  CHECK(o.steps == t.cure->steps);
}

std::vector<std::string> flag_names(const std::vector<const Flag*>& flags) {
  std::vector<std::string> all;
  for (const Flag* f : flags) all.push_back(f->name);
  return all;
}

std::string print(const Treated& t) {
  std::string text = t.command + t.why + t.none + std::to_string(t.bar);
  for (const Tried& one : t.tried)
    text += message("\n", one.change, " ", one.accuracy, " ", one.steps, " ", one.learned);
  return text;
}

}  // namespace

TEST_CASE("ddmin: finds the smallest set, and asks for no set twice in a round") {
  for (const Members& culprits :
      {Members{0}, Members{6}, Members{2, 5}, Members{0, 1, 6}, Members{0, 1, 2, 3, 4, 5, 6}}) {
    int asked = 0;
    const Members found = ddmin(7, [&](const std::vector<Members>& sets) {
      std::vector<bool> good;
      for (const Members& s : sets) {
        CHECK(std::ranges::is_sorted(s));
        good.push_back(std::ranges::includes(s, culprits));
        ++asked;
      }
      return good;
    });
    CHECK(found == culprits);
    CHECK(asked < 80);
  }
  // Either of two heals: the first, which is the least invasive, stays.
  CHECK(ddmin(4, [](const std::vector<Members>& sets) {
    std::vector<bool> good;
    for (const Members& s : sets)
      good.push_back(std::ranges::count(s, 0u) + std::ranges::count(s, 3u) > 0);
    return good;
  }) == Members{0});
  CHECK(ddmin(1, [](const std::vector<Members>& sets) { return std::vector<bool>(sets.size()); }) ==
        Members{0});
}

TEST_CASE("candidates: suspects are what was typed and may be at fault, the lightest first") {
  CHECK(flag_names(
            suspects(with("--depth 9 --lr 3 --seed 4 --epochs 9 --data x --threads 2 --liveness "
                          "batch --log l --quick --plant shuffled_labels --no-treatment"))) ==
        std::vector<std::string>{"--plant", "--lr", "--depth"});
  CHECK(suspects(default_settings(Architecture::mlp)).empty());
  CHECK(suspects(default_settings(Architecture::resnet)).empty());
  // A ResNet is not undone into a larger one.
  CHECK(flag_names(suspects(with("--depth 8 --width 8 --lr 100", Architecture::resnet))) ==
        std::vector<std::string>{"--lr"});
  CHECK(flag_names(suspects(with("--depth 110 --width 32", Architecture::resnet))) ==
        std::vector<std::string>{"--width", "--depth"});
  // Adam's usual rate is not sgd's, and it has no momentum.
  CHECK(flag_names(suspects(with("--optimizer adam --momentum 0.1"))) ==
        std::vector<std::string>{"--lr", "--optimizer"});
  CHECK(flag_names(suspects(with("--optimizer adam --lr 0.001"))) ==
        std::vector<std::string>{"--optimizer"});
  const Settings s = with("--optimizer adam --lr 0.2 --dropout 0.5 --nesterov");
  const auto all = suspects(s);
  CHECK(undo(s, {all[0]}).change == "--lr 0.001");
  CHECK(undo(s, {all[0]}).culprit == "--lr 0.2");
  CHECK(undo(s, all).change == "--dropout 0 --optimizer sgd --lr 0.01");
  CHECK(change_text(with("--nesterov --residual add"), with("--lr 1")) ==
        "--lr 1 without --residual add and --nesterov");
}

TEST_CASE("candidates: no scale or remedy is the recipe itself, and both changes go together") {
  for (const char* flags : {"", "--activation tanh --width 8 --depth 9", "--optimizer adam"}) {
    const Settings s = with(flags);
    for (const auto& list : {scale(s), remedies(s)})
      for (const Candidate& c : list) {
        CHECK_FALSE(c.recipe == s);
        CHECK_FALSE(c.change.empty());
      }
  }
  const Settings s = default_settings(Architecture::mlp);
  // Shortcuts, each branch drawn with He's variance over the depth: 6 / (128 · 5) = 0.0968².
  CHECK(std::ranges::count(remedies(s), "--residual add --init random_uniform:-0.0968246,0.0968246",
            &Candidate::change) == 1);
  CHECK(both(s, scale(s)[0], undo(s, {})).change == "--lr 0.001");
  Settings clipped = s;
  clipped.clip = 1;
  CHECK(both(s, scale(s)[0], {clipped, "", ""}).change == "--lr 0.001 --clip 1");
}

TEST_CASE("twin: has the accuracy of a run of the same recipe") {
  Sinks nobody;
  const std::atomic<bool> stop{false};
  for (const char* flags : {"--depth 2 --width 32 --dropout 0.2 --augment crop --schedule cosine",
           "--depth 2 --width 32 --plant bias:20 --liveness batch --optimizer adam --lr 0.001",
           "--depth 2 --width 32 --plant lr_step:30,30 --warmup 9 --norm batch",
           "--depth 2 --width 32 --plant bias:20 --repair dead"}) {
    CAPTURE(flags);
    const Settings s = with(flags);
    const Settings twin = twin_of(s, {2000, 5, 500}, digits<2000, 500>());
    const auto reached = train_twin(twin, digits<2000, 500>(), INT64_MAX, stop);
    REQUIRE(reached.has_value());
    const Outcome o = run(s, digits<2000, 500>(), nobody);
    CHECK(reached->accuracy == o.test.accuracy);
    CHECK(reached->steps == o.steps);
  }
}

TEST_CASE("twin: that its last step led out of range has diverged, though its losses were finite") {
  const std::atomic<bool> stop{false};
  const auto reached = train_twin(with("--lr 1e30"), digits<2000, 500>(), 1, stop);
  REQUIRE(reached.has_value());
  CHECK(reached->steps == 1);
  CHECK_FALSE(reached->finite);
  CHECK(reached->accuracy == 0);
}

TEST_CASE("twin: what is counted in steps comes at the same share of the run") {
  const Settings s =
      with("--warmup 40 --plant bias:50,3 --log l --liveness step --replay --batch-size 100");
  const Settings twin = twin_of(s, {1000, 1, 500}, digits<2000, 500>());  // 10 of 100 steps
  CHECK(twin.warmup == 4);
  CHECK(twin.plant == "bias:5,3");
  CHECK(twin.log.empty());
  CHECK(twin.liveness == Liveness::off);
  CHECK(twin.epochs == 1);
  CHECK(twin_of(with("--plant outliers:1500,9"), {1000, 1, 1}, digits<2000, 500>()).plant ==
        "outliers:1000,9");
  CHECK(twin_of(with("--plant lr_step:1"), {1000, 1, 1}, digits<2000, 500>()).plant == "lr_step:1");
}

TEST_CASE("twin: ends at a loss that is no number, when stopped, and where parts do not fit") {
  const std::atomic<bool> go{false}, stop{true};
  const auto diverged = train_twin(with("--lr 1e9"), digits<2000, 500>(), INT64_MAX, go);
  REQUIRE(diverged.has_value());
  CHECK_FALSE(diverged->finite);
  CHECK(diverged->accuracy == 0);
  CHECK(diverged->steps < 20);
  CHECK_FALSE(train_twin(with(""), digits<2000, 500>(), INT64_MAX, stop).has_value());
  CHECK_FALSE(train_twin(with("--nesterov --momentum 0"), digits<2000, 500>(), 1, go).has_value());
}

TEST_CASE("treatment: names the one flag at fault, and its cure gives what it says") {
  check_cured("--dropout 0.95", "--dropout 0", "Undoing --dropout 0.95 alone lets it learn.");
  check_cured("--depth 3 --lr 10", "--lr 0.01", "--lr 10 alone");
  check_cured("--weight-decay 1 --width 64", "--weight-decay 0", "--weight-decay 1 alone");
  // The frozen loss is only what shows: the fused one alone does not learn from such weights.
  check_cured("--loss clipped_cross_entropy --init random_uniform", "--init he_uniform",
      "--init random_uniform alone");
}

TEST_CASE("treatment: two flags at fault need both") {
  check_cured("--dropout 0.95 --clip 0.0001 --width 64", "--dropout 0 --clip 0",
      "Undoing all of these lets it learn: --clip 1e-04 (undone alone: ");
}

TEST_CASE("treatment: a planted fault is undone") {
  check_cured("--plant shuffled_labels", "without --plant shuffled_labels",
      "--plant shuffled_labels alone");
  check_cured("--plant constant_input --lr 0.02", "without --plant constant_input",
      "--plant constant_input alone");
}

TEST_CASE("treatment: where nothing can be learnt, nothing is called a cure") {
  const DataSplits& data = digits<2000, 500>();
  const Plant plant = Plant::parse("shuffled_labels");
  const DataSplits random = plant.planted(data, Seed{5});
  const Treated t = treated("--lr 0.02", random);
  CHECK_FALSE(t.cure.has_value());
  CHECK(t.command.empty());
  CHECK(t.none == "Nothing that was tried learns.");
  for (const Tried& one : t.tried) CHECK_FALSE(one.learned);
  for (const char* change : {"--lr 0.01", "--lr 0.2", "--lr 0.002", "--clip 1", "--norm batch"})
    CHECK_MESSAGE(std::ranges::count(t.tried, change, &Tried::change) > 0, change);
}

TEST_CASE("treatment: a recipe that learns as the defaults do needs no change") {
  const Treated t = treated("--lr 0.02");
  CHECK_FALSE(t.cure.has_value());
  CHECK(t.none.starts_with("No change is needed to learn"));
}

TEST_CASE("treatment: what is not among the typed flags is sought in numbers and remedies") {
  // Nothing was typed but the seed, on points so far apart in scale that the rate is too large.
  const DataSplits& data = digits<2000, 500>();
  const Settings recipe = with("--lr 0.01");
  DataSplits bright = data;
  bright.train = data.train.scaled(Tensor::full({data.train.size()}, 3000));
  bright.test = data.test.scaled(Tensor::full({data.test.size()}, 3000));
  Sinks nobody;
  const Treated t = treat(recipe, bright, run(recipe, bright, nobody), kEnough);
  CAPTURE(print(t));
  REQUIRE(t.cure.has_value());
  CHECK(t.cure->accuracy >= t.bar);
}

TEST_CASE("treatment: same recipe, same result; and its budget binds") {
  const std::string flags = "--dropout 0.95 --clip 0.0001";
  CHECK(print(treated(flags)) == print(treated(flags)));
  int64_t steps = 0;
  for (const Tried& one : treated(flags, digits<2000, 500>(), {.seconds = 1e9, .steps = 200}).tried)
    steps += one.steps;
  CHECK(steps <= 200);
  CHECK(steps > 100);
  const std::atomic<bool> interrupt{true};
  const Treated ended =
      treated(flags, digits<2000, 500>(), {.seconds = 1e9, .interrupt = &interrupt});
  CHECK(ended.tried.empty());
  CHECK(ended.none == "The treatment was interrupted.");
  int64_t twins = 0;
  const Treated told = treated("--lr 10", digits<2000, 500>(),
      {.seconds = 1e9, .steps = 20'000, .progress = [&](int64_t n, double seconds) {
         CHECK(n >= twins);
         CHECK(seconds >= 0);
         twins = n;
       }});
  CHECK(twins == static_cast<int64_t>(told.tried.size()));
}
