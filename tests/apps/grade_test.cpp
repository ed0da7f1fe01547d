// The programs that grade verdicts and cures, in their quick form: few cases, fixed seeds.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "apps/lab/cases/tally.h"
#include "apps/lab/grading/cure_grade.h"
#include "apps/lab/grading/truth.h"
#include "apps/lab/grading/verdict_grade.h"
#include "apps/lab/recipe/flag_table.h"
#include "lively/nn/liveness/verdicts.h"
#include "tests/apps/events.h"
#include "tests/apps/process.h"

using namespace lively;
using namespace lively::lab;
using lively::testing::read_file;
using lively::testing::TemporaryFolder;

namespace {

const std::atomic<bool> kNever{false};

// Pictures that are easily learnt.
const std::vector<Place>& places() {
  static const TemporaryFolder folder;
  static const std::vector<Place> all = [] {
    testing::small_set(1000, 300).write(folder);
    return places_of({folder.path()}, 1000);
  }();
  return all;
}

// The cases of a file, without what a clock says, in an order of its own.
std::vector<Json> cases_in(const std::string& path) {
  std::istringstream in(read_file(path));
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(parsed(line));
    for (const char* key : {"seconds", "run_seconds"}) lines.back().erase(key);
  }
  lines.erase(lines.begin());
  std::ranges::sort(lines);
  return lines;
}

int64_t count_lines(const std::vector<Json>& lines, const char* key, const Json& value) {
  return std::ranges::count_if(
      lines, [&](const Json& l) { return l.contains(key) && l[key] == value; });
}

std::set<std::string> fault_codes() {
  std::set<std::string> codes;
  for (int v = 0; v < static_cast<int>(Verdict::healthy); ++v)
    codes.insert(name(static_cast<Verdict>(v)));
  return codes;
}

const FaultKind& kind(std::string_view name) {
  return *std::ranges::find(fault_kinds(), name, &FaultKind::name);
}

FaultyRecipe case_of(std::string_view flags, std::string_view fault) {
  FaultyRecipe c{.seed = 1, .place = &places()[0], .faults = {&kind(fault)}};
  c.clean = default_settings(Architecture::mlp);
  parse_flags("--depth 2 --width 32 --epochs 2 --batch-size 32", c.clean);
  c.clean_accuracy = reached(c.clean, *c.place, kNever).value();
  c.faulty = c.clean;
  parse_flags(flags, c.faulty);
  c.flags = {difference(c.clean, c.faulty)};
  return c;
}

}  // namespace

TEST_CASE("grading: Wilson's intervals are the published ones") {
  struct Row {
    int64_t k, n;
    double low, high;
  };
  for (const Row& r :
      {Row{768, 1000, .741, .793}, Row{96, 1000, .079, .116}, Row{80, 100, .711, .867},
          Row{0, 20, 0, .161}, Row{20, 20, .839, 1}, Row{5, 5, .566, 1}}) {
    CAPTURE(r.k);
    CHECK(std::abs(wilson(r.k, r.n).low - r.low) < 0.0006);
    CHECK(std::abs(wilson(r.k, r.n).high - r.high) < 0.0006);
  }
  CHECK(wilson(0, 0).low == 0);
  CHECK(wilson(0, 0).high == 1);
  CHECK(Tally{282, 300}.text() == "282 of 300, 94.0 % [90.7, 96.2]");
}

TEST_CASE("grading: every fault changes the recipe in flags, and names verdicts that there are") {
  const std::set<std::string> known = fault_codes();
  std::set<std::string> covered, turned;
  for (uint64_t turn = 0; turn < fault_kinds().size(); ++turn)
    turned.insert(std::string(kind_of_turn(turn).name));
  CHECK(turned.size() == fault_kinds().size());
  for (const FaultKind& k : fault_kinds()) {
    CAPTURE(k.name);
    CHECK_FALSE(k.codes.empty());
    for (const std::string_view code : k.codes) {
      CHECK(known.contains(std::string(code)));
      covered.insert(std::string(code));
    }
    int found = 0;
    for (uint64_t seed = 0; seed < 400 && found < 6; ++seed) {
      Stream stream(Seed{seed}, "faults");
      const Place& place = places()[seed % places().size()];
      const Settings clean = draw_recipe(place, stream);
      if (!k.fits(clean, place.ground())) continue;
      ++found;
      for (const Strength strength : {Strength::weak, Strength::middle, Strength::strong}) {
        Settings faulty = clean;
        k.put(faulty, place.ground(), strength, stream);
        CHECK_FALSE(difference(clean, faulty).empty());
        Settings read = default_settings(Architecture::mlp);
        parse_flags(flags_of(faulty), read);
        CHECK(read == faulty);
        CHECK_NOTHROW(check(faulty));
      }
    }
    CHECK(found > 0);
  }
  CHECK(covered == known);  // no verdict goes ungraded
}

TEST_CASE("grading: every verdict of a fault is tested by a change, and no other is") {
  Settings s = default_settings(Architecture::mlp);
  parse_flags("--init random_uniform --loss clipped_cross_entropy --clip 0.001 --dropout 0.9", s);
  std::set<std::string> plants{"poisoned", "wiring", "uninformative_labels"};
  for (const std::string& code : fault_codes())
    CHECK(tests_of(code, s).empty() == plants.contains(code));
  for (const std::string_view plant : {"nan_inputs:1", "constant_input", "shuffled_labels"}) {
    s.plant = plant;
    for (const std::string& code : plants)
      if (!tests_of(code, s).empty()) CHECK(tests_of(code, s)[0].plant.empty());
  }
  for (const char* code : {"healthy", "unsure", "no_such_code"}) CHECK(tests_of(code, s).empty());
}

TEST_CASE("grading: a verdict is right by the fault's mechanism, or if what tests it cures") {
  const FaultyRecipe decay = case_of("--weight-decay 3 --dropout 0.1", "weight_decay");
  Truth truth(decay);
  CHECK(truth.of("over_regularised", kNever) == Rightness::by_mechanism);
  CHECK(truth.of("vanishing", kNever) == Rightness::wrong);
  CHECK(truth.of("unsure", kNever) == Rightness::wrong);
  CHECK(truth.of(std::vector<std::string>{}, kNever) == Rightness::wrong);
  CHECK(truth.of(std::vector<std::string>{"poisoned", "over_regularised"}, kNever) ==
        Rightness::by_mechanism);
  // The same network with another name for what was put in.
  const FaultyRecipe other = case_of("--weight-decay 3", "rate_too_small");
  Truth by_cure(other);
  CHECK(by_cure.of("over_regularised", kNever) == Rightness::by_cure);
  CHECK(by_cure.of("frozen_loss", kNever) == Rightness::wrong);
  const std::atomic<bool> stop{true};
  CHECK_FALSE(Truth(other).of("over_regularised", stop).has_value());
}

TEST_CASE(
    "grading: a case is drawn by its seed alone, learns without its faults, and keeps them apart") {
  const std::vector<const FaultKind*> two{&kind("dropout"), &kind("rate_too_large")};
  const auto a = draw_case(31, two, Strength::strong, places(), kNever),
             b = draw_case(31, two, Strength::strong, places(), kNever),
             c = draw_case(32, two, Strength::strong, places(), kNever);
  REQUIRE(a.has_value());
  REQUIRE(c.has_value());
  CHECK(a->clean == b->clean);
  CHECK(a->faulty == b->faulty);
  CHECK_FALSE(a->faulty == c->faulty);
  CHECK(learns(a->clean_accuracy, *a->place));
  CHECK(reached(a->clean, *a->place, kNever) == a->clean_accuracy);
  CHECK(without(*a, {0, 1}) == a->clean);
  CHECK(without(*a, {0}).dropout == a->clean.dropout);
  CHECK(without(*a, {0}).lr == a->faulty.lr);
  // Two that change one flag never make a case.
  CHECK_FALSE(
      draw_case(33, {&kind("zero_init"), &kind("constant_init")}, Strength::weak, places(), kNever)
          .has_value());
}

TEST_CASE("grading: verdicts in the quick form are mostly right, and false alarms few") {
  const TemporaryFolder folder;
  const VerdictGrade grade{.faults = 8, .healthy = 3};
  Rounds rounds{.seed = 100, .workers = 2, .out = folder / "v.jsonl"};
  const Graded graded = grade_verdicts(grade, rounds, places());
  CHECK(graded.whole);
  const std::vector<Json> lines = cases_in(rounds.out);
  const int64_t hurt = count_lines(lines, "hurt", true),
                wrong = count_lines(lines, "right", "wrong");
  INFO(graded.report);
  CHECK(hurt >= 8);
  CHECK(wrong * 2 < hurt);
  CHECK(count_lines(lines, "learns", true) >= 3);
  int64_t alarms = 0;
  for (const Json& l : lines)
    alarms += l["type"] == "healthy" && l["learns"] == true && l["verdict"] != "healthy" &&
              l["verdict"] != "unsure";
  CHECK(alarms <= 1);

  // What a kill left behind is gone on with, to the same cases.
  const std::string all = read_file(rounds.out);
  std::size_t end = 0;
  for (std::size_t i = 0; i + 3 < lines.size(); ++i) end = all.find('\n', end) + 1;
  Rounds again = rounds;
  again.out = folder / "again.jsonl";
  again.workers = 1;
  std::ofstream(again.out, std::ios::binary) << all.substr(0, end + 20);
  const Graded resumed = grade_verdicts(grade, again, places());
  CHECK(resumed.report == graded.report);
  // A last round may be shorter, so it holds no others.
  for (const Json& l : cases_in(again.out))
    if (std::ranges::find_if(lines, [&](const Json& m) { return m["seed"] == l["seed"]; }) !=
        lines.end())
      CHECK(std::ranges::find(lines, l) != lines.end());

  const std::atomic<bool> interrupt{true};
  again.out = folder / "none.jsonl";
  again.interrupt = &interrupt;
  CHECK_FALSE(grade_verdicts(grade, again, places()).whole);
  rounds.seed = 101;
  CHECK_THROWS_WITH_AS(
      grade_verdicts(grade, rounds, places()), doctest::Contains("was begun with"), ValueError);
}

TEST_CASE("grading: treatments in the quick form restore what was hurt") {
  const TemporaryFolder folder;
  const Rounds rounds{.seed = 200, .out = folder / "c.jsonl"};
  const Graded graded = grade_cures({.wanted = 4}, rounds, places());
  CHECK(graded.whole);
  INFO(graded.report);
  const std::vector<Json> lines = cases_in(rounds.out);
  CHECK(count_lines(lines, "hurt", true) == 4);
  CHECK(count_lines(lines, "restored", true) >= 3);
  CHECK(count_lines(lines, "named", true) >= 2);
  for (const Json& l : lines) {
    if (l["hurt"] == false || l["cured"].is_null()) continue;
    const double bar = l["majority"].get<double>() +
                       0.8 * (l["clean_accuracy"].get<double>() - l["majority"].get<double>());
    CHECK(l["restored"] == (l["cured"].get<double>() >= bar));
    if (l["whole_run"] == true) CHECK(l["cured"] == l["measured"]);  // what was said is what is
  }
  const std::string before = read_file(rounds.out);
  CHECK(grade_cures({.wanted = 4}, rounds, places()).report == graded.report);
  CHECK(read_file(rounds.out) == before);
}

TEST_CASE("grade: a file that is no ledger is left as it is") {
  const testing::TemporaryFolder folder;
  for (const char* text : {"my notes", "my notes\n", "{}\n"}) {
    std::ofstream(folder / "notes") << text;
    const testing::Finished f = testing::run(
        "grade", "cures --n 0 --data synthetic --train 100 --out " + (folder / "notes"));
    CHECK(f.code != 0);
    CHECK(f.err.find("notes") != std::string::npos);
    CHECK(testing::read_file(folder / "notes") == text);
  }
}

TEST_CASE("grade: a line that is no case is named, with what it lacks") {
  const testing::TemporaryFolder folder;
  const std::string out = folder / "l";
  for (const bool cures : {true, false}) {
    const std::string arguments =
        (cures ? "cures --n 0 --rivals" : "verdicts --faults 0 --healthy 0 --rivals --treated") +
        std::string(" --data moons --train 100 --out ") + out;
    std::ofstream(out, std::ios::binary | std::ios::trunc);
    REQUIRE(testing::run("grade", arguments).code == 0);
    const std::string first = read_file(out);
    const auto refused = [&](const std::string& line, const std::string& words) {
      CAPTURE(line);
      std::ofstream(out, std::ios::binary | std::ios::trunc) << first << line << '\n';
      const testing::Finished f = testing::run("grade", arguments);
      CHECK(f.code == 3);
      CHECK(f.out.empty());
      CHECK(f.err == "grade: " + out + ":2: " + words + "\n");
      CHECK(read_file(out) == first + line + "\n");
    };
    for (const char* line : {"", "[]", "{\"a\":", "7", "\xff"})
      refused(line, "is no line of a ledger");
    const std::string type = cures ? "cure" : "fault";
    refused("{}", "needs type, a text");
    refused(R"({"type":"x","seed":-1})", "needs seed, a whole number");
    refused(
        R"({"type":"x","seed":1})", cures ? "needs type, cure" : "needs type, fault or healthy");
    refused(R"({"type":")" + type + R"(","seed":1,"hurt":"no"})", "needs hurt, true or false");
    refused(R"({"type":")" + type + R"(","seed":1,"hurt":true})",
        cures ? "needs kinds, texts" : "needs verdict, a text");
    refused(cures ? R"({"type":"cure","seed":1,"hurt":true,"kinds":["x"],"cured":"a"})"
                  : R"({"type":"healthy","seed":1,"learns":true,"verdict":"x","treated":{}})",
        cures ? "needs cured, a number or null" : "needs verdict, a text");
  }
}

TEST_CASE("grade: usage errors are one line, and exit with 2") {
  const auto refused = [](const std::string& arguments, const std::string& words) {
    CAPTURE(arguments);
    const testing::Finished f = testing::run("grade", arguments);
    CHECK(f.code == 2);
    CHECK(f.out.empty());
    CHECK(f.err.find(words) != std::string::npos);
    CHECK(std::ranges::count(f.err, '\n') == 1);
  };
  refused("", "what is required");
  refused("verdict", "verdict: no such grading, did you mean verdicts?");
  refused("cures --n -1", "--n");
  refused("verdicts --train 5", "--train");
  refused("verdicts --out /no/such/folder/f", "--out /no/such/folder/f");
  refused("cures --frob", "--frob");
  CHECK(testing::run("grade", "verdicts --data /no/such/place").code == 3);
  CHECK(testing::run("grade", "--help").code == 0);
}
