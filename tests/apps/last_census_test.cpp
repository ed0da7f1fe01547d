#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

// More images than the census after an epoch looks at; those behind are bright enough to fire what
// no other fires.
DataSplits dim_and_bright() {
  Tensor brightness = Tensor::full({10200}, 1);
  for (int64_t i = 10000; i < 10200; ++i) brightness.mutable_data<float>()[i] = 100;
  return {"digits", synthetic_digits(0, 10200).scaled(brightness), synthetic_digits(11000, 200)};
}

// Adds up what a run tells of its units, and compares at each census.
struct Books final : Sink {
  void on(const Event& event) override {
    if (const auto* counted = std::get_if<Counted>(&event)) note(*counted);
  }
  void note(const Counted& r) {
    for (const LifeChange& c : r.life->changes()) {
      sum[c.layer] += c.death ? 1 : -1;
      if (r.life->censuses() > 1) CHECK(r.after < r.step);
      told.push_back(message(r.step, " ", r.after, " ", c.layer, " ", c.unit, " ", c.death));
      at_end += r.set == "train" && r.step > 0;
    }
    for (std::size_t i = 0; i < r.life->layers().size(); ++i) {
      const LayerLife& l = r.life->layers()[i];
      CHECK(sum[i] == l.dead);
      CHECK(l.born_dead + l.died - l.revived == l.dead);
    }
    lasting_before = lasting;
    lasting = r.life->layers();
    censuses = r.life->censuses();
  }
  std::map<std::size_t, int64_t> sum;
  std::vector<std::string> told;
  std::vector<LayerLife> lasting, lasting_before;
  int64_t censuses = 0, at_end = 0;
};

Settings settings() {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 32;
  s.epochs = 2;
  s.batch_size = 600;
  s.lr = 1e-5;
  s.bias_init = "constant:-4";
  s.threads = 1;
  return s;
}

}  // namespace

TEST_CASE("last census: takes the place of the last epoch's, and the books still balance") {
  const DataSplits data = dim_and_bright();
  Settings s = settings();
  const TemporaryFolder folder;
  s.save = folder / "run.safetensors";
  Books books;
  const auto model = build_model(s, task_of(data));
  const Outcome o = run(*model, s, data, books);
  CHECK(books.censuses == 3);  // at birth and after two epochs
  CHECK(books.at_end > 0);     // else this set tests nothing
  for (std::size_t i = 0; i < books.lasting.size(); ++i)
    CHECK(books.lasting[i].lasting <= books.lasting_before[i].lasting);

  // From the checkpoint, which is older than the last census, to the same end.
  s.resume = checkpoint_beside(s.save);
  const auto again = build_model(s, task_of(data));
  Books rest;
  for (std::size_t i = 0; i < 2; ++i) rest.sum[i] = books.lasting_before[i].dead;
  const Outcome same = run(*again, s, data, rest);
  CHECK(rest.censuses == 3);
  CHECK(std::vector<std::string>(books.told.end() - books.at_end, books.told.end()) == rest.told);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(same.life.layers()[i].died == o.life.layers()[i].died);
    CHECK(same.life.layers()[i].lasting == o.life.layers()[i].lasting);
    CHECK(same.life.layers()[i].died_lasting == o.life.layers()[i].died_lasting);
  }
}

TEST_CASE("last census: a poisoned unit that fires nowhere is not one that revived") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  REQUIRE(run("mnist_mlp",
              "--no-treatment --preset exploding --data synthetic --threads 1 --log " + log)
              .code == 4);
  std::map<std::string, std::vector<double>> rates;
  std::map<std::string, int64_t> sum;
  int64_t poisoned = 0;
  for (const auto& e : events(log)) {
    if (e.at("type") == "liveness")
      for (const auto& l : e.at("layers")) poisoned += l.contains("poisoned");
    if (e.at("type") == "units") rates[e.at("layer")] = e.at("rates").get<std::vector<double>>();
    if (e.at("type") == "revival")
      CHECK(rates[e.at("layer")].at(e.at("unit").get<std::size_t>()) > 0);
    if (e.at("type") == "death" || e.at("type") == "revival")
      sum[e.at("layer")] += e.at("type") == "death" ? 1 : -1;
  }
  CHECK(poisoned > 0);
  std::vector<Json> censuses = events(log, "liveness");
  for (const auto& l : censuses.back().at("layers")) CHECK(sum[l.at("name")] == l.at("dead"));
}

TEST_CASE(
    "last census: a run that diverged is tested as it is then, not as it was an epoch before") {
  const DataSplits data{"synthetic digits", synthetic_digits(0, 400), synthetic_digits(400, 100)};
  for (const char* factor : {"1e4", "1e30"}) {
    Settings s = default_settings(Architecture::mlp);
    s.depth = 2, s.width = 32, s.batch_size = 20, s.epochs = 2;
    s.plant = std::string("lr_step:25,") + factor;
    const auto model = build_model(s, task_of(data));
    Sinks nobody;
    const Outcome o = run(*model, s, data, nobody, {});
    const Examination now = evaluate(*model, data.test, s.loss);
    CHECK(std::isnan(o.test.accuracy) == std::isnan(now.accuracy));
    if (!std::isnan(now.accuracy)) CHECK(o.test.accuracy == now.accuracy);
    if (std::string(factor) == "1e30") CHECK(o.diverged());
    if (o.diverged()) CHECK_FALSE(o.test.accuracy > 0.25);
  }
}
