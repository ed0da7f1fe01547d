#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "apps/lab/cases/tally.h"
#include "apps/lab/study/birth_bounds.h"
#include "apps/lab/study/births.h"
#include "apps/lab/study/failure_map.h"
#include "apps/lab/study/regressions.h"
#include "apps/lab/whole_run.h"
#include "lively/autograd/ops.h"
#include "lively/nn/liveness/census.h"
#include "lively/optim/optimizer.h"
#include "lively/tensor/threads.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;
using lively::testing::read_file;
using lively::testing::TemporaryFolder;

namespace {

Tally count_of(const std::string& type, int64_t nets) {
  static const Births births({}, Tensor::zeros(Shape{1, 4}), "nothing");
  const std::atomic<bool> stop{false};
  Tally t;
  for (uint64_t i = 0; t.n < nets; ++i) {
    const Json line = births.make({type, i}, stop).value();
    t.k += line.at("born_dead").get<int64_t>(), t.n += line.at("nets").get<int64_t>();
  }
  return t;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("born_dead: bounds are those of Lu et al. 2019, theorems 2 and 3") {
  struct Row {
    int layers;
    int64_t width;
    double low, up;
  };
  for (const Row& r : {Row{10, 2, .870, .925}, Row{10, 3, .513, .699}, Row{10, 4, .204, .441},
           Row{10, 5, .064, .249}, Row{20, 4, .520, .707}, Row{10, 10, .0001, .0088},
           Row{50, 10, .002, .047}}) {
    CAPTURE(r.layers);
    CAPTURE(r.width);
    CHECK(std::abs(lu_lower(r.layers, r.width) - r.low) < 6e-4);
    CHECK(std::abs(lu_upper(r.layers, r.width) - r.up) < 6e-4);
    CHECK(sure_lower(r.layers, r.width) < lu_lower(r.layers, r.width));
  }
  // Of one layer that can be all negative, the fourth hidden one of width 1 among it.
  CHECK(sure_lower(3, 1) == doctest::Approx(0.5));
  CHECK(sure_lower(3, 2) == doctest::Approx(1.0 / 16));
}

TEST_CASE("born_dead: as many networks as the theorems let, and as an independent count had") {
  struct Row {
    const char* type;
    int layers;
    int64_t width;
    // Of 40,000 networks (He), 20,000 (RAI), 10,000 (constant biases, orthogonal), by programs that
    // share nothing with ours.
    double simulated;
    int64_t of;
  };
  for (const Row& r : {Row{"10x2 He", 10, 2, .878, 40'000}, Row{"10x3 He", 10, 3, .582, 40'000},
           Row{"10x4 He", 10, 4, .294, 40'000}, Row{"10x5 He", 10, 5, .132, 40'000},
           Row{"20x4 He", 20, 4, .628, 40'000}, Row{"20x4-plane He 1.732", 20, 4, .575, 40'000},
           Row{"10x2 RAI 1.732", 10, 2, .218, 20'000}, Row{"10x3 RAI 1.732", 10, 3, .053, 20'000},
           Row{"10x4 RAI 1.732", 10, 4, .013, 20'000}, Row{"20x4 RAI 0.01", 20, 4, .10, 20'000},
           Row{"10x2 He, b = 10 1.732", 10, 2, .5324, 10'000},
           Row{"10x4 He, b = 100 1.732", 10, 4, .1293, 10'000},
           Row{"10x2 orthogonal", 10, 2, .8702, 10'000},
           Row{"10x4 orthogonal", 10, 4, .2718, 10'000}}) {
    CAPTURE(r.type);
    const Tally t = count_of(r.type, 2000);
    CAPTURE(t.text());
    const Interval i = t.interval();
    CHECK(i.low <= lu_upper(r.layers, r.width));
    if (std::string_view(r.type).ends_with(" He")) CHECK(i.high >= lu_lower(r.layers, r.width));
    const Tally other{std::llround(r.simulated * static_cast<double>(r.of)), r.of};
    CHECK(fisher_exact(t, other) > 1e-3);
  }
}

TEST_CASE("born_dead: a network is dead where the census has a layer without a living unit") {
  const auto net = narrow_net({.layers = 6, .width = 2, .inputs = 2});
  const Tensor x = lattice(2, 1.5, 9);
  REQUIRE(x.shape() == Shape{81, 2});
  CHECK(x.at({0, 0}) == -1.5);
  CHECK(x.at({8, 0}) == 1.5);
  CHECK(x.at({80, 1}) == 1.5);
  int dead = 0;
  for (const BirthLaw law : {BirthLaw::he, BirthLaw::rai})
    for (uint64_t seed = 0; seed < 60; ++seed) {
      draw(*net, law, Seed{seed});
      bool more = true;
      const Census census = take_census(*net, [&](Tensor& inputs) {
        inputs = x;
        return std::exchange(more, false);
      });
      const bool layer_dead = std::ranges::any_of(
          census.layers, [](const LayerPulse& layer) { return layer.dead() == layer.units(); });
      CHECK(has_dead_layer(*net, x) == layer_dead);
      dead += layer_dead;
    }
  CHECK(dead > 20);
  CHECK(dead < 100);
}

TEST_CASE("born_dead: two shares are compared by Fisher's exact test") {
  CHECK(fisher_exact({3, 4}, {1, 4}) == doctest::Approx(0.485714286));  // the lady and her tea
  CHECK(fisher_exact({768, 1000}, {740, 1000}) == doctest::Approx(0.160925701).epsilon(1e-6));
  CHECK(fisher_exact({96, 1000}, {63, 1000}) == doctest::Approx(0.007996175).epsilon(1e-6));
  CHECK(fisher_exact({0, 300}, {5, 300}) == doctest::Approx(0.061459216).epsilon(1e-6));
  CHECK(fisher_exact({936, 1000}, {95, 100}) == doctest::Approx(0.827841351).epsilon(1e-6));
  CHECK(fisher_exact({5, 10}, {5, 10}) == 1);
}

TEST_CASE("born_dead: the same table on one core and two, and nothing is made twice") {
  const TemporaryFolder folder;
  const std::string rows = "--quick --only 10x3,20x4-plane --seeds 700 --out ";
  const auto one = lively::testing::run("born_dead", rows + (folder / "one") + " --threads 1");
  REQUIRE(one.code == 0);
  const auto two = lively::testing::run("born_dead", rows + (folder / "two") + " --threads 2");
  REQUIRE(two.code == 0);
  const auto table = [](const std::string& out) { return out.substr(out.find("L x N")); };
  CHECK(table(one.out) == table(two.out));
  CHECK(table(one.out).find("750") != std::string::npos);  // whole cases
  CHECK(read_file(folder / "one.csv") == read_file(folder / "two.csv"));

  std::vector<std::string> lines = lines_of(folder / "one.jsonl");
  REQUIRE(lines.size() == 1 + 7 * 3);
  const std::string csv = read_file(folder / "one.csv");
  {
    std::ofstream half(folder / "one.jsonl");
    for (std::size_t i = 0; i < 6; ++i) half << lines[i] << '\n';
    half << lines[6].substr(0, 20);  // killed while it wrote
  }
  const auto again = lively::testing::run("born_dead", rows + (folder / "one"));
  REQUIRE(again.code == 0);
  CHECK(again.out.find("16 of 21 cases") != std::string::npos);
  CHECK(table(again.out) == table(one.out));
  CHECK(read_file(folder / "one.csv") == csv);
  const std::vector<std::string> resumed = lines_of(folder / "one.jsonl");
  CHECK(resumed.size() == lines.size());
  CHECK(std::equal(lines.begin(), lines.begin() + 6, resumed.begin()));
  CHECK(std::set<std::string>(resumed.begin(), resumed.end()) ==
        std::set<std::string>(lines.begin(), lines.end()));

  const auto wrong = lively::testing::run("born_dead", "--only 10x7 --out " + (folder / "no"));
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("row of --only") != std::string::npos);
  CHECK_FALSE(lively::testing::exists(folder / "no.jsonl"));
}

TEST_CASE("born_dead: a network that is born dead becomes the mean of its targets (theorem 4)") {
  const Regression& f1 = regressions()[0];
  const auto net = narrow_net(f1.shape);
  const Tensor x = lattice(1, 1.7, 101);
  uint64_t seed = 0;
  do draw(*net, BirthLaw::he, Seed{seed++});
  while (!has_dead_layer(*net, x));
  const Tensor y = f1.target(x);
  CHECK(y.at({0, 0}) == doctest::Approx(1.7));
  CHECK(y.at({50, 0}) == 0);
  Adam adam(net->parameters(), 0.05);
  for (int i = 0; i < 300; ++i) {
    adam.zero_grad();
    mse_loss((*net)(Variable(x)), y).backward();
    adam.step();
  }
  CHECK(has_dead_layer(*net, x));
  const double average = mean(Variable(y)).item();
  const Variable out = (*net)(Variable(x));
  CHECK(max(out).item() == min(out).item());
  CHECK(max(out).item() == doctest::Approx(average).epsilon(1e-3));
}

TEST_CASE("born_dead: regressions collapse as often as those of Lu et al. 2019") {
  const std::atomic<bool> stop{false};
  const Regression& f1 = regressions()[0];
  const int epochs[] = {10};
  for (const BirthLaw law : {BirthLaw::he, BirthLaw::rai}) {
    Tally collapsed, born;
    const std::vector<RunFate> fates = fates_of(f1, law, 0, 80, epochs, stop).value();
    for (const RunFate& fate : fates) {
      collapsed.add(fate.collapsed.at(0)), born.add(fate.born_dead);
      CHECK(fate.collapsed.at(0) >= fate.born_dead);
    }
    CAPTURE(collapsed.text());
    const double paper = f1.paper[static_cast<std::size_t>(law)].collapsed;
    CHECK(fisher_exact(collapsed, {std::llround(1000 * paper), 1000}) > 1e-3);
    CHECK(collapsed.k > born.k);
  }
  const std::atomic<bool> stopped{true};
  CHECK_FALSE(fates_of(regressions()[3], BirthLaw::rai, 1, 4, epochs, stopped).has_value());
}

TEST_CASE("born_dead: the map's own cell is the run of the recipe, and others differ as they say") {
  const DataSplits moons = load_data(find_data("moons"));
  Settings recipe = default_settings(Architecture::mlp);
  parse_flags("--data moons --depth 4 --width 8 --epochs 1 --seed 5", recipe);
  const std::atomic<bool> stop{false};
  for (const Against against : {Against::scale, Against::width, Against::rate}) {
    const FailureMap map(recipe, moons, against, true, 1);
    Settings quick = recipe;
    quick.quick = true;
    std::set<std::string> types;
    std::vector<Case> own;
    const std::vector<Case> all = map.cases();
    for (const Case& c : all) {
      types.insert(c.type);
      CHECK(c.seed == 5);
      if (c.type.ends_with(": " + flags_of([&] {
            Settings s = quick;
            s.seed = 1;
            return s;
          }())))
        own.push_back(c);
    }
    CHECK(types.size() == all.size());
    REQUIRE(own.size() == 1);
    Sinks nobody;
    const OneThread one;
    const Outcome o = run(quick, moons, nobody);
    const Json line = map.make(own[0], stop).value();
    CHECK(line.at("accuracy") == o.test.accuracy);
    CHECK(line.at("verdict") == std::string(name(o.diagnosis.verdict)));
  }
  CHECK_THROWS_WITH_AS(
      parse_against("weight"), "weight: no such axis; known: scale, width, rate", ValueError);
}

TEST_CASE(
    "born_dead: a map on one core and two, with the recipe ringed and a cure if there is one") {
  const TemporaryFolder folder;
  const std::string map =
      "--quick --map \"--data moons --depth 8 --width 6 --epochs 6 --bias-init constant:-1\" "
      "--against rate --out ";
  const auto one = lively::testing::run("born_dead", map + (folder / "one") + " --threads 1");
  REQUIRE(one.code == 0);
  const auto two = lively::testing::run("born_dead", map + (folder / "two") + " --threads 2");
  REQUIRE(two.code == 0);
  const auto table = [](const std::string& out) { return out.substr(out.find("--lr")); };
  CHECK(table(one.out) == table(two.out));
  CHECK(lively::testing::count(one.out.substr(0, one.out.find("[ ]")), "[") == 1);
  CHECK(read_file(folder / "one.csv") == read_file(folder / "two.csv"));
  CHECK(lively::testing::count(read_file(folder / "one.csv"), ",here") == 1);
  CHECK(lively::testing::unbalanced(read_file(folder / "one.html")).empty());

  const auto wrong =
      lively::testing::run("born_dead", "--map \"--depth many\" --out " + (folder / "no"));
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("--depth") != std::string::npos);
  CHECK_FALSE(lively::testing::exists(folder / "no.jsonl"));
}
