// A line of a ledger that a study could not have written is named, in words of ours.
#include <doctest/doctest.h>

#include <fstream>

#include "apps/lab/study/births.h"
#include "apps/lab/study/cells.h"
#include "apps/lab/study/claims/cases.h"
#include "apps/lab/study/claims/measures.h"
#include "apps/lab/study/failure_map.h"
#include "apps/lab/study/regressions.h"
#include "apps/lab/study/target_rows.h"
#include "lively/tensor/error.h"
#include "tests/apps/events.h"
#include "tests/apps/process.h"

using namespace lively;
using namespace lively::lab;
using lively::testing::TemporaryFolder;

namespace {

const Json kMade = object({{"study", "any"}});
using Check = std::function<void(const Json&)>;

// What opening a ledger of this one line says; empty: nothing.
std::string said(const Check& check, Json line) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.jsonl";
  if (!line.contains("seed")) line["seed"] = 1;
  std::ofstream(path) << one_line(kMade) << '\n' << one_line(line) << '\n';
  try {
    const Ledger ledger(path, kMade, check);
  } catch (const DataError& e) {
    return std::string(e.what()).substr(path.size());
  }
  return "";
}

const std::string kLacks = ":2: lacks a field that is read, or has one of another kind";

}  // namespace

TEST_CASE("ledger: each study reads lines that it could have written, and no others") {
  const Births births({}, Tensor::zeros(Shape{1, 4}), "nothing");
  const Regressions trained({});
  const Check born = [&](const Json&line) { births.check_line(line); },
              learnt = [&](const Json&line) { trained.check_line(line); };

  CHECK(said(born, object({{"type", "10x4 He"}, {"nets", 250}, {"born_dead", 76}})).empty());
  CHECK(said(born, object({{"type", "10x4 He"}, {"nets", 250}})) == kLacks);
  CHECK(said(born, object({{"type", "10x4 He"}, {"nets", 250}, {"born_dead", "76"}})) == kLacks);
  CHECK(said(born, object({{"type", "10x4 He"}, {"nets", 250}, {"born_dead", 251}})) ==
        ":2: needs born_dead, from 0 to nets");

  Json run =
      object({{"type", "f1 He"}, {"runs", 40}, {"born_dead", 30}, {"collapsed", {31, 31, 33}}});
  CHECK(said(learnt, run).empty());
  run["collapsed"] = {31, 31};
  CHECK(said(learnt, run) == ":2: needs born_dead, and 3 numbers in collapsed");
  run["collapsed"] = {31, 31, 41};
  CHECK(said(learnt, run) == ":2: needs collapsed, from born_dead to runs");
  run["type"] = "f9 He";  // not read
  CHECK(said(learnt, run).empty());

  CHECK(
      said(FailureMap::check_line, object({{"type", "a"}, {"verdict", "died"}, {"accuracy", 0.1}}))
          .empty());
  CHECK(said(FailureMap::check_line, object({{"type", "a"}, {"verdict", 1}, {"accuracy", 0.1}})) ==
        kLacks);

  CHECK(said(check_target_line, object({{"type", "unit 1 0 derived"}, {"starts", 4}})) == kLacks);
  CHECK(said(check_target_line, object({{"type", "adam 1"}, {"moments", Json::array()}})) ==
        ":2: needs moments, one or more");

  Json trial = object({{"type", "t"}, {"accuracy", 0.5}, {"loss", nullptr}, {"majority", 0.1},
      {"verdict", "died"}, {"diverged", false}, {"steps", 3}, {"units", {8, 8}}, {"born", {0, 1}},
      {"dead", {1, 8}}, {"dead_share", {0.1, 0.5}}, {"accuracies", {0.5}}});
  CHECK(said(check_of_trials(), trial).empty());
  trial["dead"] = {1};
  CHECK(said(check_of_trials(), trial) == ":2: needs as many layers in units, born and dead");
  trial.erase("dead");
  CHECK(said(check_of_trials(), trial) == kLacks);

  const Claim claim{.id = "a",
      .parts = {{.measure = softmax_zeros(),
          .a = {.name = "a", .flags = "", .instrument = Instrument::softmax_sums, .dose = 1}}}};
  std::vector<Claim> claims{claim};
  const Arms arms(claims, {});
  const Check read = [&](const Json& line) { arms.check_line(line); };
  const std::string type = arms.type(claim.parts[0].a);
  CHECK(said(read, object({{"type", type}, {"zeros", 0.5}})).empty());
  CHECK(said(read, object({{"type", type}})) == kLacks);
  CHECK(said(read, object({{"type", "of another claim"}})).empty());
}
