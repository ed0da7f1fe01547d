#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "apps/lab/recipe/models.h"
#include "apps/lab/study/dying_page.h"
#include "apps/lab/study/layer_deaths.h"
#include "apps/lab/study/row_table.h"
#include "apps/lab/words/text.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"
#include "tests/apps/process.h"

using namespace lively;
using namespace lively::lab;
using lively::testing::read_file;
using lively::testing::run;
using lively::testing::TemporaryFolder;

namespace {

const DataByWord& data() {
  static const DataSplits digits{"digits", synthetic_digits(0, 300), synthetic_digits(300, 100)};
  static const DataByWord all{{"pictures", digits}, {"digits", digits}, {"colours", digits},
      {"circles", load_data(find_data("circles"))}};
  return all;
}

std::vector<const Row*> all_rows() {
  std::vector<const Row*> all;
  for (const Row& row : rows()) all.push_back(&row);
  return all;
}

const Row& row_of(std::string_view name) { return *std::ranges::find(rows(), name, &Row::name); }

// A line of a ledger, of two layers of ten units.
Json line_of(const std::string& type, uint64_t seed, double accuracy, int64_t dead_below = 0,
    int64_t dead_above = 0) {
  return object({{"type", type}, {"seed", seed}, {"accuracy", accuracy}, {"loss", nullptr},
      {"majority", 0.04}, {"verdict", accuracy > 0.5 ? "healthy" : "died"}, {"diverged", false},
      {"steps", 9}, {"units", {10, 10}}, {"born", {0, 1}}, {"dead", {dead_below, dead_above}},
      {"dead_share", {0.05, 0.05}}, {"accuracies", {accuracy}}});
}

int64_t places(const std::string& line) {
  return std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

void cut(const std::string& path, std::size_t lines) {
  std::istringstream in(read_file(path));
  std::string text;
  for (std::string line; lines-- > 0 && std::getline(in, line);) text += line + '\n';
  std::ofstream(path) << text << "{\"type\":\"mnist_mlp on ci";
}

}  // namespace

TEST_CASE("dying_relu: entries of rows and remedies can be carried out, each under one name") {
  std::set<std::string_view> names;
  for (const Row& row : rows()) CHECK(names.insert(row.name).second);
  std::set<std::string_view> of_remedies;
  for (const Remedy& remedy : remedies()) {
    CHECK(of_remedies.insert(remedy.name).second);
    CHECK(remedy.title.size() <= 23);
    for (const std::string& row : split(std::string(remedy.only)))
      CHECK((row.empty() || names.contains(row)));
  }
  for (const Row& row : rows())
    for (const std::string& remedy : split(std::string(row.remedies)))
      CHECK((remedy.empty() || of_remedies.contains(remedy)));
  for (const Cell& cell : cells_of(all_rows(), 2, false, data())) {
    CAPTURE(cell.row->name);
    CAPTURE(cell.remedy->name);
    CHECK(cell.fit != Cell::Fit::clashes);
    CHECK_NOTHROW(build_optimizer(cell.recipe, *build_model(cell.recipe, task_of(*cell.data))));
  }
}

TEST_CASE("dying_relu: rows that need pictures are left out where the data are none, and named") {
  DataByWord table = data();
  const DataSplits points = load_data(find_data("circles"));
  for (auto& [word, sets] : table) sets = points;
  std::vector<const Row*> rows{&row_of("u1"), &row_of("conv11"), &row_of("blocks")};
  CHECK(leave_out(rows, table) ==
        "Left out: conv11, blocks. --data circles: are points in the plane; --front needs "
        "pictures.");
  CHECK(rows == std::vector<const Row*>{&row_of("u1")});
  CHECK(leave_out(rows, table).empty());
  rows = {&row_of("conv11")};
  CHECK_THROWS_WITH_AS(leave_out(rows, table),
      "--data circles: are points in the plane; --front needs pictures; no row is left",
      ValueError);
}

TEST_CASE("dying_relu: a recipe that two rows share is carried out once") {
  const std::vector<Cell> cells = cells_of({&row_of("u1"), &row_of("u005")}, 3, false, data());
  std::set<std::pair<std::string, uint64_t>> seen;
  for (const Case& c : cases_of(cells)) CHECK(seen.emplace(c.type, c.seed).second);
  const auto of = [&](std::string_view row, std::string_view remedy) {
    return *std::ranges::find_if(
        cells, [&](const Cell& c) { return c.row->name == row && c.remedy->name == remedy; });
  };
  CHECK(of("u1", "he_uniform").type == of("u005", "he_uniform").type);
  CHECK(of("u1", "bound_1").fit == Cell::Fit::same);
  CHECK(of("u1", "fused").fit == Cell::Fit::same);
  CHECK(of("u1", "rate_tenth").recipe.lr == doctest::Approx(0.001));
  CHECK(of("u005", "longer").recipe.epochs == 18);
}

TEST_CASE("dying_relu: one initialisation sees many orders") {
  const auto cells = cells_of({&row_of("deep34_orders")}, 2, false, data());
  REQUIRE(cells.size() == 1);
  CHECK(cells[0].seeds == row_of("deep34_orders").seeds);
  Ledger ledger("", {});
  for (int seed = 1; seed <= cells[0].seeds; ++seed)
    ledger.add(line_of(cells[0].type, static_cast<uint64_t>(seed), 0.5));
  const auto results = results_of(cells, ledger);
  CHECK(results[0].sentence().ends_with(": 50.0 % as it is; no remedy was tried."));
  CHECK(ranking(results).empty());
  CHECK(cells[0].type.ends_with(", an order a seed"));
  Settings s = default_settings(Architecture::mlp);
  parse_flags("--depth 1 --width 8 --epochs 1 --batch-size 50", s);
  const std::atomic<bool> go_on{false};
  const auto born_and_loss = [&](uint64_t order) {
    s.order_seed = order;
    const TrialLine t = [&] {
      Json line = object({{"seed", 1}});
      line.update(*trial_line(s, data().at("digits"), go_on));
      return read_trial(line);
    }();
    return std::pair(t.born, t.loss);
  };
  CHECK(born_and_loss(0) == born_and_loss(1));  // 0: as --seed, which is 1
  CHECK(born_and_loss(2).first == born_and_loss(1).first);
  CHECK(born_and_loss(2).second != born_and_loss(1).second);
}

TEST_CASE("dying_relu: what helps is an interval above 0, what restores goes most of the way") {
  const auto cells = cells_of({&row_of("rate_sgd")}, 3, true, data());
  Ledger ledger("", {});
  for (const Cell& cell : cells)
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      const double noise = 0.01 * static_cast<double>(seed);
      const std::string_view name = cell.remedy->name;
      const double accuracy = name == "batch_before" ? 0.9
                              : name == "rate_tenth" ? 0.8
                              : name == "leaky_01"   ? 0.3
                              : name == "selu"       ? 0.05
                              : name == "rai"        ? (seed == 1 ? 0.9 : 0.1)
                                                     : 0.1;
      if (cell.fit == Cell::Fit::tried) ledger.add(line_of(cell.type, seed, accuracy + noise));
    }
  const std::vector<RowResult> results = results_of(cells, ledger);
  REQUIRE(results.size() == 1);
  const auto of = [&](std::string_view name) -> const CellResult& {
    return *std::ranges::find_if(
        results[0].cells, [&](const CellResult& r) { return r.cell->remedy->name == name; });
  };
  CHECK(of("batch_before").restores());
  CHECK(of("batch_before").way == doctest::Approx(1));
  CHECK(of("rate_tenth").restores());
  CHECK(of("rate_tenth").way == doctest::Approx(7.0 / 8));
  CHECK(of("leaky_01").helps());
  CHECK_FALSE(of("leaky_01").restores());
  CHECK_FALSE(of("rai").helps());  // one lucky seed of three
  CHECK(of("selu").harms());
  CHECK(
      results[0].sentence() ==
      "5 x 128, he_uniform, SGD at a rate of 1: 12.0 % as it is, 92.0 % at best (batch norm "
      "before); 2 of 11 remedies restore it, with the least change rate / 10 (how it is trained); "
      "some help comes from LeakyReLU .01; no help was shown by SELU alone, SELU + lecun_normal, "
      "lecun_normal alone, RAI and 4 more.");
  CHECK(ranking(results) ==
        "1 network fails as it is; of those on which each was tried are restored by batch norm "
        "before 1 of 1, rate / 10 1 of 1.");
  CHECK(caption(results[0]) == "digits, 3 seeds");
  CHECK(by_layer(results[0].cells[0]) == "dead by layer at birth 0 10 %, at the end 0 0 %");
  // Who guesses is no better than who was not finite.
  TrialLine guess, wreck;
  guess.accuracy = 0.1, guess.majority = wreck.majority = 0.1;
  CHECK(worth(guess) == worth(wreck));
  const auto gains = mean_gains(results);
  const auto batch = std::ranges::find_if(
      gains, [](const MeanGain& g) { return g.remedy->name == "batch_before"; });
  REQUIRE(batch != gains.end());
  CHECK(batch->gain.mean == doctest::Approx(0.8));
  CHECK(batch->gain.n == 3);
  std::istringstream table(text_of(grid_of(results[0]), "", Narrow::fold, 1000));
  for (std::string line; std::getline(table, line);) CHECK(places(line) <= 100);
  CHECK(markdown_of(results).find("| LeakyReLU .01 | 32.0 ± 0.6 | +20.0 [20, 20] +  |") !=
        std::string::npos);
}

TEST_CASE("dying_relu: the widest line that there can be fits the screen") {
  for (const Row& row : rows()) {
    const auto cells = cells_of({&row}, 2, false, data());
    Ledger ledger("", {});
    for (const Cell& cell : cells)
      for (uint64_t seed = 1; seed <= static_cast<uint64_t>(cell.seeds); ++seed) {
        if (cell.fit != Cell::Fit::tried) continue;
        const bool first = cell.remedy->reach == Reach::nothing;
        Json line = line_of(cell.type, seed, first == (seed % 2 == 0) ? 0.996 : 0.1, 10, 10);
        line["verdict"] = seed % 2 ? "frozen_optimizer" : "healthy";
        ledger.add(line);
      }
    for (const RowResult& result : results_of(cells, ledger)) {
      std::istringstream table(text_of(grid_of(result), "", Narrow::fold, 1000));
      for (std::string line; std::getline(table, line);) {
        CAPTURE(line);
        CHECK(places(line) <= 100);
      }
    }
  }
}

TEST_CASE("dying_relu: a layer counts as dead above one that lives") {
  TrialLine t;
  t.units = {4, 4, 4, 4, 4};
  t.dead = {0, 4, 4, 3, 4};  // pairs whose lower layer lives: 1-2 dead, 4-5 dead
  CHECK(next_dead({t}).k == 2);
  CHECK(next_dead({t}).n == 2);
  t.dead = {4, 4, 4, 4, 4};  // wholly dead: no layer lives above which one could be dead
  CHECK(next_dead({t}).n == 0);
  t.dead = {3, 3, 0, 0, 0};
  CHECK(next_dead({t, t}).k == 0);
  CHECK(next_dead({t, t}).n == 8);
}

TEST_CASE("dying_relu: twins differ in their connections alone, and are paired by seed") {
  const auto cells = cells_of({&row_of("circles")}, 3, false, data());
  Ledger ledger("", {});
  for (const Cell& cell : cells)
    for (uint64_t seed = 1; seed <= 3; ++seed)
      if (cell.fit == Cell::Fit::tried)
        ledger.add(line_of(cell.type, seed, 0.5, 0, cell.recipe.residual.empty() ? 10 : 0));
  const auto results = results_of(cells, ledger);
  const std::vector<Twins> twins = twins_of(results);
  // Add, subtract and add with ReLU before beside the network as it is; with norm beside that with
  // norm, with he_uniform beside he_uniform.
  std::vector<std::string_view> plain;
  for (const Twins& pair : twins) plain.push_back(pair.plain->cell->remedy->name);
  CHECK(plain == std::vector<std::string_view>{
                     "nothing", "nothing", "nothing", "batch_before", "he_uniform"});
  for (const Twins& pair : twins) {
    CHECK(pair.of_plain.k == 3);
    CHECK(pair.of_residual.k == 0);
    CHECK(pair.difference.mean == -1);
    CHECK(pair.difference.n == 3);
  }
}

TEST_CASE("dying_relu: a network that is wholly dead says nothing of the layer above") {
  const auto cells = cells_of({&row_of("circles")}, 3, true, data());
  Ledger ledger("", {});
  for (const Cell& cell : cells)
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      if (cell.fit != Cell::Fit::tried) continue;
      const bool residual = !cell.recipe.residual.empty();
      // Plain: the first seed is dead from its first layer on, the others in the second alone.
      const int64_t below = !residual && seed == 1 ? 10 : 0, above = residual ? 0 : 10;
      ledger.add(line_of(cell.type, seed, 0.5, below, above));
    }
  const auto results = results_of(cells, ledger);
  const std::vector<Twins> twins = twins_of(results);
  REQUIRE(twins.size() == 1);
  CHECK(twins[0].difference.mean == -1);
  CHECK(twins[0].difference.n == 2);
  CHECK(twins[0].without_one == 1);
  CHECK(sentence(twins[0]) ==
        "circles: above a layer that lives, 2 of 2 (100.0 %) of the layers are dead at the end (as "
        "it is), and with residual 0 of 3 (0.0 %); paired by 2 seeds the difference is -100.0 "
        "points [-100.0, -100.0]; 1 seed, of which one of the two has no layer above one that "
        "lives, says nothing of it.");
}

TEST_CASE("dying_relu: a shortcut undoes --plain, and twins of blocks differ in it alone") {
  const auto cells = cells_of({&row_of("blocks")}, 2, false, data());
  const auto of = [&](std::string_view remedy) {
    return flags_of(std::ranges::find_if(cells, [&](const Cell& c) {
      return c.remedy->name == remedy;
    })->recipe);
  };
  const std::string rest = " --lr 0.01 --epochs 1";
  CHECK(of("nothing") == "--quick --width 4 --norm none --plain" + rest);
  CHECK(of("batch_before") == "--quick --width 4 --plain" + rest);
  CHECK(of("residual_add") == "--quick --width 4 --norm none" + rest);
  CHECK(of("residual_subtract_norm") == "--quick --width 4 --residual subtract" + rest);
  CHECK(cells.front().type.starts_with("mnist_resnet on digits"));
  Ledger ledger("", {});
  for (const Cell& cell : cells)
    for (uint64_t seed = 1; seed <= 2; ++seed)
      ledger.add(line_of(cell.type, seed, 0.5, 0, cell.recipe.plain ? 10 : 0));
  CHECK(twins_of(results_of(cells, ledger)).size() == 6);
}

TEST_CASE("dying_relu: the same table on one core and two, and after a kill") {
  const TemporaryFolder folder;
  const std::string one = folder / "one", two = folder / "two";
  const std::string what = "--only circles --quick --seeds 2";
  REQUIRE(run("dying_relu", what + " --threads 1 --out " + one).code == 0);
  REQUIRE(run("dying_relu", what + " --threads 2 --out " + two).code == 0);
  const std::string table = read_file(one + ".csv");
  CHECK(table.size() > 1000);
  CHECK(read_file(two + ".csv") == table);
  CHECK(read_file(two + ".md") == read_file(one + ".md"));
  CHECK(read_file(two + ".html") == read_file(one + ".html"));
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  const auto whole = lines(read_file(one + ".jsonl"));
  cut(one + ".jsonl", 9);  // as kill -9 leaves it, in the middle of a line
  const auto again = run("dying_relu", what + " --out " + one);
  CHECK(again.code == 0);
  CHECK(again.out.find(", 8 of them made before") != std::string::npos);
  CHECK(lines(read_file(one + ".jsonl")) == whole);
  CHECK(read_file(one + ".csv") == table);
}

TEST_CASE("dying_relu: a row that there is not is named, with those that there are") {
  const auto finished = run("dying_relu", "--only u2 --out /tmp/never");
  CHECK(finished.code == 2);
  CHECK(finished.err.find("u2: no such row of --only") != std::string::npos);
}
