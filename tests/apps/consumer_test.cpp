// The two consumers, which know nothing of the lab, and mnist_mlp on the same recipes.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/apps/events.h"
#include "tests/paths.h"

using namespace lively::testing;

namespace {

struct Statement {
  std::string verdict, text, weights;
  std::vector<int64_t> dead;  // by layer, at the last census
};

Statement said(const std::string& log) {
  const auto all = events(log);
  Statement s{
      all.back().at("verdict"), all.back().at("verdict_text"), all.back().at("weights_hash"), {}};
  const auto censuses = events(log, "liveness");
  for (const auto& l : censuses.back().at("layers")) s.dead.push_back(l.at("dead"));
  return s;
}

Statement consumer(const TemporaryFolder& folder, const std::string& program,
    const std::string& flags, const std::string& log) {
  const std::string command = "cd '" + folder.path() + "' && OMP_NUM_THREADS=1 " + LIVELY_PROGRAMS +
                              "/../tests/lively_consumer_" + program + " " + flags + " > out";
  REQUIRE(std::system(command.c_str()) == 0);
  const Statement s = said(folder / log);
  CHECK(read_file(folder / "out") == s.verdict + ": " + s.text + "\n");
  const Finished page = run("autopsy", (folder / log) + " --out " + (folder / "run.html"));
  CHECK_MESSAGE(page.code == 0, page.err);
  return s;
}

// The lab has samples held out and says how many of these are right; a watch has those that it was
// given.
std::string after_accuracy(const std::string& text) {
  const auto at = text.find(" are right");
  return at == text.npos ? text : text.substr(at + 10);
}

// On one thread, as the consumers: on more the lab shares out its batches, which their loops do
// not.
Statement lab_says(const TemporaryFolder& folder, const std::string& flags) {
  const std::string log = folder / "lab.jsonl";
  (void)run("mnist_mlp",
      "--data synthetic --quick --width 32 --threads 1 --no-treatment " + flags + " --log " + log);
  return said(log);
}

}  // namespace

TEST_CASE("consumer: gives the weights, deaths and verdict of mnist_mlp on the same recipe") {
  const TemporaryFolder folder;
  for (const std::string lr : {"0.001", "0.2"}) {
    const Statement watched = consumer(folder, "main", lr, "run.jsonl"),
                    known = lab_says(folder, "--optimizer adam --lr " + lr);
    CHECK(watched.verdict == (lr == "0.2" ? "died" : "healthy"));
    CHECK(watched.verdict == known.verdict);
    CHECK(after_accuracy(watched.text) == after_accuracy(known.text));
    CHECK(watched.weights == known.weights);
    CHECK(watched.dead == known.dead);
  }
}

TEST_CASE("consumer: gives the same without an optimizer of the library's") {
  const TemporaryFolder folder;
  const auto check = [&](const std::string& lr, const std::string& init, const char* verdict) {
    const Statement watched = consumer(folder, "by_hand", lr + " " + init, "by_hand.jsonl"),
                    known = lab_says(folder,
                        "--depth 2 --loss clipped_cross_entropy --optimizer sgd "
                        "--momentum 0 --lr " +
                            lr + " --init " + init);
    CHECK(watched.verdict == verdict);
    CHECK(watched.verdict == known.verdict);
    CHECK(watched.dead == known.dead);
  };
  check("0.1", "he_uniform", "healthy");
  check("0.01", "random_uniform:-3,3", "frozen_loss");
}
