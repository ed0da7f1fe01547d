#include <doctest/doctest.h>

#include <thread>

#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/preset.h"
#include "apps/lab/recipe/verdict_codes.h"
#include "apps/lab/whole_run.h"
#include "lively/tensor/threads.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

std::vector<std::string> names(const std::vector<const Flag*>& flags) {
  std::vector<std::string> all;
  for (const Flag* f : flags) all.push_back(f->name);
  return all;
}

// What no clock moves.
std::string print(const Outcome& o) {
  std::string text = o.weights_hash + " " + o.diagnosis.text;
  for (const double loss : o.evidence.losses) text += " " + std::to_string(loss);
  for (const LayerLife& l : o.life.layers())
    text += message(" ", l.name, ":", l.dead, "/", l.died, "/", l.revived);
  return text + message(" ", o.test.accuracy, " ", o.steps, " ", o.deaths.deaths);
}

}  // namespace

TEST_CASE("recipe: says the flags in which two differ, in the table's order") {
  const Settings a = default_settings(Architecture::mlp);
  CHECK(difference(a, a).empty());
  const Settings b = with("--lr 0.1 --init random_uniform:-1,1 --quick --depth 7");
  CHECK(names(difference(a, b)) ==
        std::vector<std::string>{"--quick", "--depth", "--init", "--lr", "--epochs"});
  CHECK(flags_of(b) == "--quick --depth 7 --init random_uniform:-1,1 --lr 0.1");
  for (const char* flags : {"--quick --epochs 8", "--quick --epochs 5", "--epochs 2", "--quick"}) {
    CHECK(flags_of(with(flags)) == flags);
    CHECK(with(flags_of(with(flags))) == with(flags));
  }
  CHECK(with("--epochs 8 --quick").epochs == 8);
  CHECK(names(difference(b, a)) == names(difference(a, b)));
}

TEST_CASE("recipe: is printed and read back without loss") {
  for (const Architecture architecture : {Architecture::mlp, Architecture::resnet})
    for (const std::string_view name : preset_names(architecture)) {
      CAPTURE(name);
      Settings s = default_settings(architecture);
      apply_preset(name, s);
      CHECK(with(flags_of(s), architecture) == s);
    }
  Settings s = default_settings(Architecture::mlp);
  s.data = "it's a \"folder\" \\ with $words";
  s.lr = 0.1 + 0.2;  // no short decimal
  s.eps = 1e-300;
  s.seed = UINT64_MAX;
  s.liveness = Liveness::step;
  s.replay = s.nesterov = true;
  s.residual = "subtract:post";
  CHECK(with(flags_of(s)) == s);
  CHECK(difference(with(flags_of(s)), s).empty());
}

TEST_CASE("recipe: each flag is told apart, assigned and compared by one member") {
  const Settings defaults = default_settings(Architecture::mlp);
  const Settings other = with(
      "--data d --target t --test-share 0.3,7 --resize 8x9 --quick --depth 6 --width 9 --front "
      "conv:0.25 --norm batch --norm-over rank --residual add "
      "--shortcut b --plain "
      "--activation elu --dropout 0.5 --init rai --audit --bias-init ones --loss "
      "clipped_cross_entropy --optimizer adam --lr 1 --momentum 0.1 --nesterov --weight-decay 1 "
      "--eps 1 --schedule cosine --warmup 3 --clip 1 --clip-value 1 --batch-size 7 --epochs 9 "
      "--augment crop --plant nan_inputs:1 --seed 9 --order-seed 8 --seeds 4 --early-stop 2 "
      "--find-lr --threads 3 --liveness off "
      "--replay "
      "--no-treatment --repair dead:0.3 --fail-on died --save "
      "a.safetensors --resume b --report c.html --live --log l --log-interval 4");
  CHECK(difference(defaults, other).size() == flag_table().size());
  for (const Flag& flag : flag_table()) {
    CAPTURE(flag.name);
    Settings s = defaults;
    flag.assign(s, other);
    CHECK_FALSE(s == defaults);
    CHECK(names(difference(s, defaults)) == std::vector<std::string>{flag.name});
  }
}

TEST_CASE("recipe: a line that cannot be read names the flag and the value") {
  CHECK_THROWS_WITH_AS(with("--lr -1"), "--lr -1: must be a number greater than 0", ValueError);
  CHECK_THROWS_WITH_AS(with("--learning 1"), "--learning: no such flag", ValueError);
  CHECK_THROWS_WITH_AS(with("--lr"), "--lr: needs RATE", ValueError);
  CHECK_THROWS_WITH_AS(with("--data 'a"), "--data 'a: a quotation that does not end", ValueError);
}

TEST_CASE("recipe: --fail-on takes codes of verdicts, and lists them where one is none") {
  CHECK(verdict_codes(with("--fail-on died,frozen_loss").fail_on) ==
        std::vector<std::string>{"died", "frozen_loss"});
  CHECK_THROWS_AS(with("--fail-on died,"), ValueError);
  CHECK_THROWS_AS(with("--fail-on ''"), ValueError);
  CHECK_THROWS_WITH_AS(with("--fail-on died,tired"),
      doctest::Contains("--fail-on tired: no such verdict; codes are exploding, "), ValueError);
  CHECK(first_that_holds({"died", "slow"}, {"vanishing", "slow"}) == "slow");
  CHECK(first_that_holds({"died"}, {"vanishing", "slow"}).empty());
}

TEST_CASE("recipe: two side by side give the bits that each gives alone") {
  const DataSplits data = digits_of(1200, 200);
  const std::vector<Settings> recipes{
      with("--depth 3 --width 32 --epochs 3 --optimizer adam --lr 0.1 --dropout 0.1"),
      with("--depth 2 --width 48 --epochs 3 --init random_uniform --lr 0.0001 --liveness batch"),
      with("--depth 2 --width 16 --epochs 2 --batch-size 50 --liveness step --clip 1 --norm batch"),
      with("--depth 8 --width 4 --epochs 1 --plant nan_inputs:1", Architecture::resnet)};
  const int threads_before = threads();
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    set_threads(threads);
    Sinks out;
    std::vector<std::string> alone, beside(recipes.size());
    for (const Settings& s : recipes) alone.push_back(print(run(s, data, out)));
    for (std::size_t first = 0; first < recipes.size(); first += 2) {
      std::vector<std::thread> pair;
      for (std::size_t i = first; i < first + 2; ++i)
        pair.emplace_back([&, i] {
          Sinks own;
          beside[i] = print(run(recipes[i], data, own));
        });
      for (std::thread& t : pair) t.join();
    }
    for (std::size_t i = 0; i < recipes.size(); ++i) {
      CAPTURE(i);
      CHECK(beside[i] == alone[i]);
    }
  }
  set_threads(threads_before);
}

TEST_CASE("recipe: a budget of steps ends a run as its last epoch would") {
  const DataSplits data = digits_of(1200, 200);
  Sinks out;
  const Settings s = with("--depth 2 --width 16 --epochs 9");
  const Outcome o = run(s, data, out, {.steps = 15});
  CHECK(o.steps == 15);
  CHECK_FALSE(o.interrupted);
  CHECK(o.evidence.losses.size() == 15);
  CHECK(o.test.accuracy > 0);
  CHECK_FALSE(o.weights_hash.empty());
}
