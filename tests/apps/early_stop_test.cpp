#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "apps/lab/recipe/data_of.h"
#include "apps/lab/whole_run.h"
#include "lively/data/safetensors.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::testing;

namespace {

// Overfits within some epochs: few samples, labels of chance.
std::string flags(const TemporaryFolder& folder) {
  return "--data " + folder.path() +
         " --depth 1 --width 32 --batch-size 20 --lr 0.1 --plant shuffled_labels --no-treatment "
         "--early-stop 2 ";
}

int64_t lowest(const std::vector<Json>& evals) {
  const auto best = std::ranges::min_element(
      evals, {}, [](const Json& e) { return e.at("test_loss").get<double>(); });
  return best->at("epoch").get<int64_t>();
}

bool same_weights(const std::string& a, const std::string& b) {
  const Safetensors one = read_safetensors(a), other = read_safetensors(b);
  for (const auto& [name, tensor] : one.tensors) {
    const auto x = tensor.values<float>(), y = other.tensors.at(name).values<float>();
    if (!std::ranges::equal(x, y)) return false;
  }
  return one.tensors.size() == other.tensors.size();
}

}  // namespace

TEST_CASE("early stop: ends when the test loss no longer falls, with the best epoch's weights") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl", best = folder / "best.safetensors";
  const Finished f =
      run("mnist_mlp", flags(folder) + "--epochs 40 --log " + log + " --save " + best);
  CAPTURE(f.out);
  REQUIRE(f.code == 0);
  const std::vector<Json> evals = events(log, "eval");
  const int64_t epoch = lowest(evals);
  CHECK(static_cast<int64_t>(evals.size()) == epoch + 2);
  CHECK(evals.size() < 40);
  const Json end = events(log, "final")[0];
  CHECK(end.at("epochs") == epoch + 2);
  CHECK(end.at("early_stop").at("stopped") == true);
  CHECK(end.at("early_stop").at("epoch") == epoch);
  CHECK(f.out.find("best      epoch " + std::to_string(epoch) + ": test loss ") != f.out.npos);
  const std::string as_long = folder / "as_long.safetensors";
  REQUIRE(run("mnist_mlp", flags(folder) + "--early-stop 0 --epochs " + std::to_string(epoch) +
                               " --save " + as_long)
              .code == 0);
  CHECK(same_weights(best, as_long));
}

TEST_CASE("early stop: a run that goes on stops where it would have stopped") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string whole = folder / "whole.jsonl", parts = folder / "parts.jsonl";
  REQUIRE(run("mnist_mlp", flags(folder) + "--epochs 40 --log " + whole + " --save " +
                               (folder / "whole.safetensors"))
              .code == 0);
  const int64_t epoch = lowest(events(whole, "eval"));
  // Cut after the best epoch, of which the rest must know.
  REQUIRE(run("mnist_mlp", flags(folder) + "--epochs " + std::to_string(epoch + 1) + " --log " +
                               parts + " --save " + (folder / "parts.safetensors"))
              .code == 0);
  const std::string checkpoint = folder / "parts.checkpoint";
  REQUIRE(run("mnist_mlp", "--no-treatment --epochs 40 --resume " + checkpoint + " --log " + parts +
                               " --save " + (folder / "parts.safetensors"))
              .code == 0);
  CHECK(
      events(parts, "final").back().at("early_stop") == events(whole, "final")[0].at("early_stop"));
  CHECK(events(parts, "final").back().at("weights_hash") ==
        events(whole, "final")[0].at("weights_hash"));
  CHECK(same_weights(folder / "whole.safetensors", folder / "parts.safetensors"));
  // One that has stopped goes on only if it is given more patience.
  const Finished f = run("mnist_mlp", "--no-treatment --epochs 60 --resume " + checkpoint);
  CHECK(f.code == 0);
  CHECK(f.out.find("\nepoch ") == f.out.npos);
  CHECK(run("mnist_mlp", "--no-treatment --epochs 60 --early-stop 4 --resume " + checkpoint)
            .out.find("\nepoch ") != std::string::npos);
}

TEST_CASE("early stop: an interrupted run leaves the best epoch's weights in its file") {
  const TemporaryFolder folder;
  small_set().write(folder);
  lab::Settings s = lab::default_settings(lab::Architecture::mlp);
  lab::parse_flags(flags(folder) + "--early-stop 30 --epochs 60", s);
  const DataSplits data = lab::data_of(s);
  // Interrupts in the first step after an epoch that was no best.
  struct Stopper final : lab::Sink {
    double lowest = INFINITY;
    int64_t best = 0;
    bool worse = false;
    std::atomic<bool> stop = false;
    void on(const lab::Event& event) override {
      if (const auto* e = std::get_if<lab::EpochEnded>(&event)) {
        worse = !(e->test.loss < lowest);
        if (!worse) lowest = e->test.loss, best = e->epoch;
      }
      if (worse && std::holds_alternative<lab::Progressed>(event)) stop = true;
    }
  } out;
  s.save = folder / "cut.safetensors";
  const lab::Outcome cut = lab::run(s, data, out, {.interrupt = &out.stop});
  REQUIRE(cut.interrupted);
  REQUIRE(cut.best.has_value());
  CHECK(cut.best->epoch == out.best);
  const std::string as_long = folder / "as_long.safetensors";
  REQUIRE(run("mnist_mlp", flags(folder) + "--early-stop 0 --epochs " + std::to_string(out.best) +
                               " --save " + as_long)
              .code == 0);
  CHECK(same_weights(s.save, as_long));
}
