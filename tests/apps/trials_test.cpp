#include <doctest/doctest.h>

#include <thread>

#include "apps/lab/cases/progress.h"
#include "apps/lab/trials/trials.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "lively/tensor/threads.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

Trial trial_with(std::string_view flags, Architecture architecture = Architecture::mlp) {
  Trial t{default_settings(architecture)};
  parse_flags(flags, t.recipe);
  return t;
}

// What no clock moves.
std::string printed(const Outcome& o) {
  std::string text = o.weights_hash + " " + o.diagnosis.text;
  for (const double loss : o.evidence.losses) text += " " + std::to_string(loss);
  return text + message(" ", o.test.accuracy, " ", o.steps, " ", o.life.dead());
}

// A list long enough that workers take turns, of trials that take differently long.
std::vector<Trial> list() {
  return {trial_with("--depth 3 --width 48 --epochs 3 --optimizer adam --lr 0.1 --dropout 0.1"),
      trial_with("--depth 1 --width 8 --epochs 1"),
      trial_with(
          "--depth 2 --width 16 --epochs 2 --batch-size 50 --liveness step --clip 1 --norm batch"),
      trial_with("--depth 8 --width 4 --epochs 1 --plant nan_inputs:1", Architecture::resnet),
      trial_with("--depth 2 --width 16 --epochs 2 --init random_uniform --augment crop")};
}

}  // namespace

TEST_CASE("trials: each gives the bits that it gives alone, at its place in the list") {
  const DataSplits data = digits<600, 200>();
  const std::vector<Trial> trials = list();
  const int threads_before = threads();
  for (const Bits bits : {Bits::of_one_thread, Bits::of_all_threads}) {
    std::vector<std::string> alone;
    Sinks nobody;
    set_threads(bits == Bits::of_one_thread ? 1 : 2);
    for (const Trial& t : trials) alone.push_back(printed(run(t.recipe, data, nobody)));
    set_threads(2);
    for (const int workers : {1, 2, 5}) {
      CAPTURE(workers);
      const auto outcomes = run_trials(trials, data, {.bits = bits, .workers = workers});
      REQUIRE(outcomes.size() == trials.size());
      for (std::size_t i = 0; i < trials.size(); ++i) {
        CAPTURE(i);
        REQUIRE(outcomes[i].has_value());
        CHECK(printed(*outcomes[i]) == alone[i]);
      }
    }
  }
  set_threads(threads_before);
}

TEST_CASE("trials: a list may be empty, or of one") {
  const DataSplits data = digits<600, 200>();
  CHECK(run_trials({}, data).empty());
  const Trial one = trial_with("--depth 3 --width 64 --epochs 1");
  Sinks nobody;
  const auto outcomes = run_trials({one}, data, {.bits = Bits::of_all_threads});
  REQUIRE(outcomes.size() == 1);
  CHECK(printed(outcomes[0].value()) == printed(run(one.recipe, data, nobody)));
  const OneThread alone;
  CHECK(printed(run_trials({one}, data)[0].value()) == printed(run(one.recipe, data, nobody)));
}

TEST_CASE("trials: a budget of steps is each one's own") {
  std::vector<Trial> trials = {
      trial_with("--depth 1 --width 8"), trial_with("--depth 1 --width 8")};
  trials[1].steps = 3;
  const auto outcomes = run_trials(trials, digits<600, 200>());
  CHECK(outcomes[0].value().steps == 25);
  CHECK(outcomes[1].value().steps == 3);
}

TEST_CASE("trials: after an interrupt none begins, and none under way counts") {
  const std::atomic<bool> interrupt{true};
  for (const auto& outcome : run_trials(list(), digits<600, 200>(), {.interrupt = &interrupt}))
    CHECK_FALSE(outcome.has_value());
  // In the midst: the first raises it, the second is under way until it sees it.
  std::atomic<bool> midst{false};
  std::atomic<int> begun{0};
  const auto made = side_by_side(
      5, {.workers = 2, .interrupt = &midst}, [&](int64_t i, const std::atomic<bool>& stop) {
        ++begun;
        if (i == 0) {
          while (begun < 2) std::this_thread::yield();
          midst = true;
          return true;
        }
        while (!stop) std::this_thread::yield();
        return false;
      });
  CHECK(begun == 2);
  CHECK(made == std::vector<bool>{true, false, false, false, false});
}

TEST_CASE("trials: a deadline ends a list that would not end") {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  const std::vector<Trial> endless(
      4, trial_with("--depth 2 --width 16 --epochs 1000000 --liveness off"));
  for (const auto& outcome :
      run_trials(endless, digits<600, 200>(), {.until = began + std::chrono::milliseconds(200)}))
    CHECK_FALSE(outcome.has_value());
  CHECK(Clock::now() - began < std::chrono::seconds(20));
}

TEST_CASE("trials: progress where there is no terminal is a line at long intervals") {
  std::vector<double> minutes;
  for (double said = 0; minutes.size() < 7; minutes.push_back(said / 60)) said = next_word(said);
  CHECK(minutes == std::vector<double>{1, 2, 4, 8, 16, 24, 32});
  CHECK(progress_text("runs", 30, 1200, 20, 60) == "30 of 1,200 runs, about 118 min to go");
  CHECK(progress_text("runs", 20, 1200, 20, 60) == "20 of 1,200 runs");
}

TEST_CASE("trials: says how many were made, and throws what the first one threw") {
  std::vector<int64_t> told;
  const std::thread::id mine = std::this_thread::get_id();
  side_by_side(7,
      {.workers = 3,
          .progress =
              [&](int64_t made, int64_t of) {
                CHECK(of == 7);
                CHECK(std::this_thread::get_id() == mine);
                told.push_back(made);
              }},
      [](int64_t, const std::atomic<bool>&) { return true; });
  REQUIRE_FALSE(told.empty());
  CHECK(std::ranges::is_sorted(told));
  CHECK(told.back() == 7);
  CHECK_THROWS_WITH_AS(
      run_trials(
          {trial_with("--depth 1"), trial_with("--depth 1 --plant bias:9999")}, digits<600, 200>()),
      doctest::Contains("bias:9999"), ValueError);
}
