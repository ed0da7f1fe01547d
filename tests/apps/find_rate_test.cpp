#include <doctest/doctest.h>

#include <cmath>

#include "apps/lab/recipe/data_of.h"
#include "apps/lab/run/find_rate.h"
#include "apps/lab/tell/rate_curve.h"
#include "apps/lab/words/text.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

// A loss of 2 that falls to 1 at `lowest`, in the logarithm of the rate, and then explodes.
std::vector<RateTest::Step> valley(double lowest) {
  std::vector<RateTest::Step> steps;
  for (int i = 0; i < 100; ++i) {
    const double lr = 1e-6 * std::pow(10, 7.0 * i / 99), off = std::log10(lr / lowest);
    steps.push_back({lr, off > 0 ? 1 + off * off : 2 - std::exp(-off * off), 0});
  }
  return steps;
}

}  // namespace

TEST_CASE("find_rate: suggests the rate at which the loss falls fastest") {
  for (const double lowest : {1e-3, 0.1}) {
    const RateTest t = rate_of(valley(lowest));
    CHECK(std::abs(std::log10(t.lowest_at / lowest)) < 0.3);
    // exp(-x^2) is steepest at 1 over the root of 2.
    CHECK(std::abs(std::log10(t.suggested / lowest) + 0.7071) < 0.2);
    CHECK(t.none.empty());
  }
}

TEST_CASE("find_rate: says so where nothing can be read off") {
  std::vector<RateTest::Step> flat = valley(0.1);
  for (RateTest::Step& s : flat) s.loss = 2;
  CHECK(rate_of(flat).suggested == 0);
  CHECK(rate_of(flat).none == "The loss does not fall at any rate: no rate can be read off.");
  CHECK(rate_of({}).suggested == 0);
  CHECK(rate_of({}).none.find("no number in the first step") != std::string::npos);
}

TEST_CASE("find_rate: the curve fits its width, and the arrow is under the rate") {
  const RateTest t = rate_of(valley(0.1));
  for (const std::size_t width : {30, 60, 100}) {
    const std::string curve = rate_curve(t, width);
    CAPTURE(curve);
    std::size_t from = 0, arrow = 0;
    for (std::size_t at; (at = curve.find('\n', from)) != curve.npos; from = at + 1) {
      const std::string line = curve.substr(from, at - from);
      CHECK(columns(line) <= width);
      if (line.find("▲") != line.npos) arrow = columns(line) - 1;
    }
    const double share = std::log10(t.suggested / 1e-6) / 7;
    CHECK(std::abs(static_cast<double>(arrow) - (9 + share * static_cast<double>(width - 10))) < 1);
  }
}

TEST_CASE("find_rate: --find-lr trains nothing but the test, and draws it on the page") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string page = folder / "rates.html";
  const Finished f = run("mnist_mlp", "--data " + folder.path() +
                                          " --depth 1 --width 32 --batch-size 20 --lr 0.5 "
                                          "--find-lr --report " +
                                          page);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("━━") != f.out.npos);
  CHECK(f.out.find("Suggested: --lr ") != f.out.npos);
  CHECK(f.out.find("\nepoch") == f.out.npos);
  CHECK(f.out.find("  ./apps/mnist_mlp --data ") != f.out.npos);
  CHECK(f.out.find("--lr 0.5") == f.out.npos);
  const auto test = events(folder / "rates.jsonl", "rate_test");
  REQUIRE(test.size() == 1);
  CHECK(test[0].at("steps").size() > 10);
  CHECK(test[0].at("steps").size() <= 100);
  const std::string html = read_file(page);
  CHECK(unbalanced(html).empty());
  CHECK(html.find("Learning rate range test") != html.npos);
  CHECK(html.find("Suggested: --lr ") != html.npos);
}

TEST_CASE("find_rate: one that is interrupted tells of no rate") {
  const TemporaryFolder folder;
  small_set(60, 20).write(folder);
  Settings s = default_settings(Architecture::mlp);
  s.data = folder.path(), s.depth = 1, s.width = 8, s.batch_size = 20;
  // Interrupts once `after` steps are made.
  struct Stopper final : Sink {
    int64_t after = 0, tests = 0;
    std::atomic<bool> stop = false;
    void on(const Event& event) override {
      tests += std::holds_alternative<RateTest>(event);
      if (const auto* u = std::get_if<Underway>(&event)) stop = u->done == after;
    }
  } out;
  const DataSplits data = data_of(s);
  out.after = 12;
  const RateRun cut = find_rate(s, data, out, out.stop);
  CHECK(cut.interrupted);
  CHECK(cut.steps == 12);
  CHECK(out.tests == 0);
  out.after = -1, out.stop = false;
  CHECK_FALSE(find_rate(s, data, out, out.stop).interrupted);
  CHECK(out.tests == 1);
}

TEST_CASE("find_rate: flags that mean nothing with it are refused") {
  for (const std::string flag : {"--save x.safetensors", "--early-stop 2", "--fail-on died"}) {
    const Finished f = run("mnist_mlp", "--data synthetic --find-lr " + flag);
    CHECK(f.code == 2);
    CHECK(f.err.find("mnist_mlp: --find-lr: ") == 0);
    CHECK(f.err.find(flag) != f.err.npos);
  }
}
