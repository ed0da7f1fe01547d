#include "apps/lab/run/repair.h"

#include <doctest/doctest.h>

#include "apps/lab/run/examine.h"
#include "apps/lab/whole_run.h"
#include "tests/apps/events.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

// Kills a good share of its units in the first epoch, and goes on learning.
constexpr const char* kSick =
    "--depth 3 --width 32 --optimizer adam --lr 0.03 --batch-size 30 --epochs 3 --liveness off";

struct Repairs final : Sink {
  std::vector<Repaired> all;
  void on(const Event& event) override {
    if (const auto* r = std::get_if<Repaired>(&event)) all.push_back(*r);
  }
  std::size_t units() const {
    std::size_t n = 0;
    for (const Repaired& r : all)
      for (const Operated& o : r.layers) n += o.units.size();
    return n;
  }
};

}  // namespace

TEST_CASE("repair: is done before each epoch but the first, to the same bits each time") {
  std::vector<std::string> hashes;
  for (const char* repair :
      {"", " --repair dead", " --repair dead", " --repair redo", " --repair random"}) {
    CAPTURE(repair);
    Repairs told;
    const Outcome o = run(with(std::string(kSick) + repair), digits<1200, 200>(), told);
    hashes.push_back(o.weights_hash);
    if (!*repair) {
      CHECK(told.all.empty());
      continue;
    }
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].epoch == 1);
    CHECK(told.all[0].step == 40);
    CHECK(told.all[1].step == 80);
    CHECK(told.units() > 0);
  }
  CHECK(hashes[1] == hashes[2]);
  CHECK(hashes[0] != hashes[1]);
  CHECK(hashes[3] != hashes[1]);
  CHECK(hashes[4] != hashes[1]);
}

TEST_CASE("repair: random draws as many units anew as are dead, of those that are not") {
  const Settings s = with(kSick);
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  const auto optimizer = build_optimizer(s, *model);
  for (auto& [name, p] : model->named_parameters())
    if (name == "3.bias") Variable(p).mutable_data().slice(0, 4, 9).fill(-100);
  const Census before = census_of(*model, digits<1200, 200>().train);
  const Repaired r = repair_units(
      *model, *optimizer, digits<1200, 200>().train, RepairSetting::parse("random"), Seed{1}, 1);
  for (std::size_t i = 0; i < r.layers.size(); ++i) {
    CHECK(static_cast<int64_t>(r.layers[i].units.size()) == before.layers[i].dead());
    for (const int64_t u : r.layers[i].units) CHECK_FALSE(before.layers[i].is_dead(u));
  }
  CHECK(r.layers[1].units.size() >= 5);
}

TEST_CASE("repair: the optimizer begins anew where it wrote, and in no other place") {
  const Settings s = with(kSick);
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  const auto optimizer = build_optimizer(s, *model);
  for (auto& [name, p] : model->named_parameters())
    if (name == "1.bias") Variable(p).mutable_data().select(0, 7).fill(-100);
  const Repaired r = repair_units(
      *model, *optimizer, digits<1200, 200>().train, RepairSetting::parse("dead"), Seed{1}, 1);
  const auto parts = [&](std::size_t i) { return optimizer->renewed(i); };
  std::vector<Optimizer::Renewed> rows, columns;
  for (const int64_t u : r.layers[0].units)
    rows.push_back({0, u, 1, 0}), columns.push_back({1, u, 1, 0});
  REQUIRE(rows.size() >= 1);
  CHECK(parts(0) == rows);
  CHECK(parts(1) == rows);
  for (const Optimizer::Renewed& c : columns) CHECK(std::ranges::count(parts(2), c) == 1);
}

TEST_CASE("repair: a run that goes on comes to the bits of one that never stopped") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string flags =
      "--no-treatment --depth 3 --width 24 --optimizer adam --lr 0.05 --batch-size 20 --repair "
      "dead:0.3 --data " +
      folder.path();
  const auto last = [&](const std::string& more) {
    const std::string log = folder / "run.jsonl";
    const Finished f = run("mnist_mlp", more + " --log " + log);
    CAPTURE(f.err);
    CHECK((f.code == 0 || f.code == 4));
    return events(log);
  };
  const std::vector<Json> whole = last(flags + " --epochs 4");
  int repairs = 0;
  for (const Json& e : whole) {
    if (e.at("type") != "repair") continue;
    ++repairs;
    CHECK(e.at("setting") == "dead:0.3");
    for (const Json& l : e.at("layers"))
      CHECK((l.at("refused").is_null() && !l.at("units").empty()));
  }
  CHECK(repairs == 3);
  (void)last(flags + " --epochs 2 --save " + (folder / "r.safetensors"));
  const std::vector<Json> resumed =
      last("--resume " + (folder / "r.checkpoint") + " --epochs 4 --data " + folder.path());
  CHECK(resumed.back().at("weights_hash") == whole.back().at("weights_hash"));
  const std::vector<Json> other = last(flags + " --epochs 4 --repair redo");
  CHECK(other.back().at("weights_hash") != whole.back().at("weights_hash"));
}

TEST_CASE("repair: says on the screen what it drew, and where it could not") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string flags =
      "--no-treatment --depth 3 --width 24 --optimizer adam --lr 0.05 --batch-size 20 --repair "
      "dead --epochs 3 --data " +
      folder.path();
  const Finished plain = run("mnist_mlp", flags);
  CHECK_MESSAGE(plain.out.find(" drawn anew\n") != std::string::npos, plain.out);
  const Finished residual = run("mnist_mlp", flags + " --residual add --plant bias:20,3");
  CHECK_MESSAGE(residual.out.find("; not in ") != std::string::npos, residual.out);
  CHECK(residual.out.find("a shortcut") != std::string::npos);
}

TEST_CASE("repair: error, settings that are none") {
  const auto refused = [](const std::string& setting, const std::string& text) {
    CHECK_THROWS_WITH_AS(with("--repair " + setting), ("--repair " + text).c_str(), ValueError);
  };
  refused("daed", "daed: no such repair, did you mean dead?");
  refused("dead:0", "dead:0: the share must be between 0 and 1");
  refused("dead:0.1,2", "dead:0.1,2: takes 1 number (share) or none");
  refused("redo:1", "redo:1: tau must be from 0 to below 1");
  CHECK(RepairSetting::parse("redo").tau == 0.025);
  CHECK_FALSE(RepairSetting::parse("redo").how.fires);
  CHECK(*RepairSetting::parse("random:0.2").how.fires == 0.2);
}
