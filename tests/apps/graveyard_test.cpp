#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "apps/lab/grading/truth.h"
#include "apps/lab/graveyard/answers.h"
#include "apps/lab/graveyard/blind.h"
#include "apps/lab/graveyard/puzzles.h"
#include "apps/lab/graveyard/spark.h"
#include "lively/tensor/threads.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;
using lively::testing::events;
using lively::testing::read_file;
using lively::testing::run;
using lively::testing::TemporaryFolder;

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// Three graves, without logs.
std::vector<Grave> three() {
  std::vector<Grave> all;
  for (const auto& [run, cause, code] : {std::tuple{"run-001", "dropout", "over_regularised"},
           {"run-002", "bias", "died"}, {"run-003", "healthy", "healthy"}})
    all.push_back({.run = run,
        .cause = cause,
        .codes = {code},
        .data = "moons",
        .faulty = "",
        .majority = 0.5,
        .accuracy = 0.5,
        .bar = 0.9,
        .undone = {"--dropout 0", 0.99},
        .wrong = {{"--lr 0.001", 0.5}},
        .said = {{"Lively", {code}}},
        .log = {R"({"schema":1,"type":"config"})"}});
  return all;
}

int64_t lines_with(const std::string& text, const std::string& part) {
  return lively::testing::count(text, part);
}

// The first puzzle, with the lines of the folder's file "said" as stdin.
lively::testing::Finished asked(const TemporaryFolder& folder) {
  const std::string out = folder / "out";
  return run("quiz", "1 <" + (folder / "said") + " >" + out + "; cat " + out);
}

}  // namespace

TEST_CASE("graveyard: a blinded log keeps what was measured and says nothing of the recipe") {
  const std::string config =
      R"x({"schema":1,"type":"config","app":"mnist_mlp","command":"./apps/mnist_mlp --dropout 0.9",)x"
      R"x("data":{"source":"x","train":10,"low":0.0},"model":"Dropout(0.9)",)x"
      R"x("layers":[{"name":"1","shape":"[8,2]","init":"zeros","bounds":[0,0]}],)x"
      R"x("titles":{"1":"hidden"},"loss":"clipped_cross_entropy",)x"
      R"x("optimizer":{"name":"adam","lr":9,"eps":100},"batch_size":8,"seed":3})x";
  const std::string shown = blind(config);
  for (const char* secret : {"dropout", "Dropout", "zeros", "bounds", "hidden", "clipped", "eps",
           "source", "seed", "mnist_mlp", "9"}) {
    CAPTURE(secret);
    CHECK(shown.find(secret) == shown.npos);
  }
  CHECK(shown.find(R"("shape":"[8,2]")") != shown.npos);
  CHECK(shown.find(R"("name":"adam")") != shown.npos);
  for (const char* type :
      {"evidence", "treatment", "plant", "warning", "prophecy", "score", "resume"})
    CHECK(blind("{\"schema\":1,\"type\":\"" + std::string(type) + "\"}").empty());
  const std::string end = blind(
      R"({"schema":1,"type":"final","test_accuracy":0.5,"verdict":"died","verdict_text":"x",)"
      R"("verdicts":["died"],"deciders":[],"origin":{"step":3},"seconds":3,"poisoned":true})");
  CHECK(end == R"({"schema":1,"type":"final","test_accuracy":0.5,"poisoned":true})");
  CHECK_THROWS_WITH_AS(blind("{"), doctest::Contains("is no JSON from byte 2 on"), DataError);
}

TEST_CASE("graveyard: answers come back from their file, which shows nothing as it stands") {
  const TemporaryFolder folder;
  write_graveyard(folder.path(), three());
  const std::string sealed = read_file(folder / kAnswerFile);
  CHECK(sealed.find("died") == sealed.npos);
  CHECK(sealed.find("They are no secret") != sealed.npos);
  const std::vector<Grave> read = read_graveyard(folder.path());
  REQUIRE(read.size() == 3);
  CHECK(read[1].codes == std::vector<std::string>{"died"});
  CHECK(read[1].undone.accuracy == 0.99);
  CHECK(read[1].wrong.front().change == "--lr 0.001");
  CHECK(read[1].said.at("Lively") == std::vector<std::string>{"died"});
  CHECK(answer_text(read[0]) == answer_text(three()[0]));
  write(folder / kAnswerFile, "# nothing\n???\n");
  CHECK_THROWS_WITH_AS(
      read_graveyard(folder.path()), doctest::Contains("is not base64"), DataError);
}

TEST_CASE("graveyard: what a monitor says is read line by line, and each slip has its line") {
  const TemporaryFolder folder;
  const std::string path = folder / "said.csv";
  write(path, "run,code\r\n# a remark\n\n run-002 , died \nrun-003,unsure\n");
  const std::vector<Said> said = read_said(path, three());
  REQUIRE(said.size() == 2);
  CHECK(said[0].run == "run-002");
  CHECK(said[0].code == "died");
  struct Slip {
    const char *text, *error;
  };
  for (const Slip& slip : {Slip{"run-001,died\nrun-009,died\n",
                               ":2: run-009: no such run; there are run-001 to run-003"},
           Slip{"run-001,dyed\n", ":1: dyed: no such verdict, did you mean died?"},
           Slip{"run-001;died\n", ":1: run-001;died: needs run,code, as run-001,died"},
           Slip{"run-001,died,3\n", ":1: run-001,died,3: needs run,code"},
           Slip{"run-001,died\n\nrun-001,slow\n", ":3: run-001: is named twice"}}) {
    CAPTURE(slip.text);
    write(path, slip.text);
    CHECK_THROWS_WITH_AS(
        read_said(path, three()), doctest::Contains((path + slip.error).c_str()), DataError);
  }
  CHECK_THROWS_WITH_AS(
      read_said(folder / "none.csv", three()), doctest::Contains("cannot be read"), DataError);
}

TEST_CASE("graveyard: right, wrong and unsure are counted by cause, with intervals") {
  const std::string text = grade_said({{"run-001", "vanishing"}, {"run-002", "died"}}, three());
  CHECK(
      text.find("bias                         1       0       0   1 of 1, 100.0 % [20.7, 100.0]") !=
      text.npos);
  CHECK(text.find("dropout                      0       1       0   0 of 1") != text.npos);
  CHECK(text.find("sick                         1       1       0   1 of 2, 50.0 % [9.5, 90.5]") !=
        text.npos);
  CHECK(text.find("healthy                      0       0       1   0 of 1") != text.npos);
  CHECK(text.find("1 of 3 runs are not named") != text.npos);
  CHECK(lines_with(text, "Lively") == 2);
}

TEST_CASE("graveyard: each grave is hurt, its undoing restores it, and its wrong changes do not") {
  const std::vector<Place> places = places_of({"circles", "blobs"}, 1000);
  const TemporaryFolder folder;
  const Dig small{.seed = 5, .sick = 2, .healthy = 1, .workers = 2};
  const std::vector<Grave> graves = dig(small, places, folder.path());
  REQUIRE(graves.size() == 3);
  CHECK(std::filesystem::is_empty(folder.path()));
  const std::atomic<bool> never{false};
  int64_t sick = 0;
  for (const Grave& g : graves) {
    CAPTURE(g.faulty);
    const Place& place = *std::ranges::find(places, g.data, &Place::name);
    Settings s = default_settings(Architecture::mlp);
    parse_flags(g.faulty, s);
    const OneThread as_it_was_made;
    CHECK(reached(s, place, never) == g.accuracy);
    REQUIRE_FALSE(g.log.empty());
    CHECK(g.said.size() == 6);
    if (g.cause == "healthy") continue;
    ++sick;
    CHECK(g.accuracy < g.bar);
    CHECK(g.undone.accuracy >= g.bar);
    CHECK_FALSE(g.wrong.empty());
    for (const Intervention& i : g.wrong) CHECK(i.accuracy < g.bar);
  }
  CHECK(sick == 2);
  // The same seed gives the same graves, whoever digs.
  const std::vector<Grave> again =
      dig({.seed = 5, .sick = 2, .healthy = 1, .workers = 1}, places, folder.path());
  for (std::size_t i = 0; i < graves.size(); ++i) {
    CHECK(again[i].faulty == graves[i].faulty);
    CHECK(again[i].log == graves[i].log);
  }
}

TEST_CASE("graveyard: the program grades, and says what is wrong with its input") {
  const TemporaryFolder folder;
  write_graveyard(folder.path(), three());
  const std::string said = folder / "said.csv";
  write(said, "run-001,over_regularised\nrun-002,died\nrun-003,healthy\n");
  auto done = run("graveyard", "grade " + folder.path() + " " + said);
  CHECK(done.code == 0);
  CHECK(done.out.find("2 of 2, 100.0 %") != done.out.npos);
  done = run("graveyard", "open " + folder.path());
  CHECK(done.out.find("undone, --dropout 0: 99.0 %") != done.out.npos);
  write(folder / "run-002.jsonl", "no log\n");
  done = run("graveyard", "grade " + folder.path() + " " + said);
  CHECK(done.code == 3);
  CHECK(done.err.find("run-002.jsonl: line 1: ") != done.err.npos);
  CHECK(lines_with(done.err, "\n") == 1);
  done = run("graveyard", "make " + folder.path());
  CHECK(done.code == 2);
  CHECK(done.err.find("is not empty; needs a folder that is new or empty") != done.err.npos);
  CHECK(run("graveyard", "grade " + folder.path()).code == 2);
  CHECK(run("graveyard", "bury x").err.find("bury: no such verb") != std::string::npos);
}

TEST_CASE("graveyard: a series becomes a line of blocks") {
  CHECK(spark({0, 1}, 10) == "▁█");
  CHECK(spark({1, 1, 1}, 10) == "▁▁▁");
  CHECK(spark({0, 0, 8, 8}, 2) == "▁█");
  CHECK(spark({1, 10, 1000}, 3) == "▁▃█");  // by powers of ten
  CHECK(spark({0, std::nan(""), 1}, 3) == "▁×█");
  CHECK(spark({}, 3).empty());
  CHECK(bar(0.5, 4) == "██··");
}

TEST_CASE("quiz: each puzzle is hurt, undoing heals it and the tempting change does not") {
  CHECK(puzzles().size() == 12);
  const std::atomic<bool> never{false};
  for (const Puzzle& p : puzzles()) {
    CAPTURE(p.fault);
    const Place place = place_of(p);
    const double clean = *reached(clean_recipe(p), place, never),
                 bar_at = restored_bar(clean, place);
    CHECK(clean - place.majority > 0.5 * (1 - place.majority));
    CHECK(*reached(sick_recipe(p), place, never) < bar_at);
    CHECK(*reached(tempting_recipe(p), place, never) < bar_at);
    CHECK_FALSE(p.codes.empty());
  }
}

TEST_CASE("quiz: shows no cause before it is answered, and proves it afterwards") {
  const std::string code = name(puzzles()[0].codes.front());
  auto done = run("quiz", "1 </dev/null");
  CHECK(done.code == 0);
  CHECK(done.out.find(code) == done.out.npos);
  CHECK(done.out.find("rectifiers") != done.out.npos);
  const TemporaryFolder folder;
  write(folder / "said", "?\nhint\nnonsense\n" + code + "\n");
  done = asked(folder);
  CHECK(done.out.find("nonsense: no such verdict") != done.out.npos);
  CHECK(done.out.find("Right: " + code) != done.out.npos);
  CHECK(lines_with(done.out, " learns ") == 1);
  CHECK(lines_with(done.out, " does not learn ") == 2);
  CHECK(done.out.find("1 of 1 found out.") != done.out.npos);
  write(folder / "said", "skip\n");
  done = asked(folder);
  CHECK(done.out.find("0 of 1 found out.") != done.out.npos);
  CHECK(lines_with(run("quiz", "--list").out, "\n") == 12);
  CHECK(run("quiz", "13").code == 2);
}
