#include "apps/lab/inquiry/oracle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/checkpoint.h"
#include "apps/lab/run/examine.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"
#include "tests/apps/kept.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

const DataSplits& few_digits() {
  static const DataSplits data{
      "synthetic digits", synthetic_digits(0, 400), synthetic_digits(1200, 50)};
  return data;
}

struct Watcher final : Sink {
  void on(const Event& event) override {
    std::visit([this](const auto& e) { note(e); }, event);
  }
  void note(const ProphecyReport& r) {
    for (const Foretold& f : r.units) said.push_back({r.step, f});
    if (!r.summary.empty()) summary = r.summary;
  }
  void note(const ScoreReport& r) {
    for (const Scored& s : r.units) scores.push_back({r.step, s});
  }
  void note(const CertificateReport& r) { coverage = r.layers; }
  void note(const Warning& w) { warnings += w.code == "prophecy"; }
  void note(const StepMade& r) {
    if (r.step == stop_at) stop = true;
  }
  template <class Other>
  void note(const Other&) {}

  std::vector<std::pair<int64_t, Foretold>> said;
  std::vector<std::pair<int64_t, Scored>> scores;
  std::vector<Coverage> coverage;
  std::string summary;
  int warnings = 0;
  int64_t stop_at = -1;
  std::atomic<bool> stop = false;
};

Settings oracle_recipe() {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 3;
  s.width = 32;
  s.epochs = 4;
  s.batch_size = 40;
  s.momentum = 0;
  s.log_interval = 1;
  return s;
}

// Sets a unit's bias, as a rule so far down that no image fires it.
void silence(Module& model, std::size_t layer, int64_t unit, double bias) {
  model.parameters()[2 * layer + 1].mutable_data().mutable_data<float>()[unit] =
      static_cast<float>(bias);
}

Outcome train_watched(const Settings& s, Watcher& watcher,
    const std::function<void(Module&)>& plant = {}, const DataSplits& data = digits<1200, 200>()) {
  const auto model = build_model(s, task_of(data));
  if (plant) plant(*model);
  return run(*model, s, data, watcher, {.interrupt = &watcher.stop});
}

std::map<std::string, int> kinds(const Watcher& w, const std::string& layer) {
  std::map<std::string, int> count;
  for (const auto& [step, f] : w.said)
    if (f.layer == layer && step == 0)
      ++count[std::string(name(f.prophecy.fate)) + " " + name(f.prophecy.ground)];
  return count;
}

int wrong(const Watcher& w) {
  return static_cast<int>(
      std::ranges::count_if(w.scores, [](const auto& s) { return !s.second.right; }));
}

}  // namespace

TEST_CASE("oracle: what was planted dead cannot move, and is certified on its images' hull") {
  Watcher w;
  const Outcome o = train_watched(oracle_recipe(), w, [](Module& m) {
    for (int64_t u = 0; u < 5; ++u) silence(m, 0, u, -100);
    for (int64_t u = 0; u < 3; ++u) silence(m, 1, u, -1000);
  });
  CHECK(kinds(w, "2") == std::map<std::string, int>{{"cannot_move still", 5}});
  CHECK(kinds(w, "4")["only_if_upstream_moves still"] >= 3);
  CHECK(w.warnings == 0);
  CHECK(wrong(w) == 0);
  CHECK(std::ranges::count_if(w.scores, [](const auto& s) {
    return s.second.layer == "2" && s.second.text == "did not move";
  }) >= 5);
  CHECK(o.prophecies.find("could not move") != std::string::npos);
  for (const Coverage& c : w.coverage) {
    CAPTURE(c.layer);
    CAPTURE(c.method);
    CHECK(c.certified <= c.dead);
    if (c.layer == "2") CHECK(c.dead >= 5);
    if (c.layer == "2" && c.method != "data")
      CHECK(c.certified >= 5);  // a bias of -100 lies below every picture
  }
  CHECK(w.coverage.size() >= 7);
}

TEST_CASE("oracle: a dead layer freezes what lies below it, and the layer above hears nothing") {
  Watcher w;
  const Outcome o = train_watched(oracle_recipe(), w, [](Module& m) {
    for (int64_t u = 0; u < 32; ++u) silence(m, 1, u, -1000);
    silence(m, 0, 3, -100);
    for (int64_t u = 0; u < 32; ++u) silence(m, 2, u, u < 30 ? -1 : 1);
  });
  CHECK(kinds(w, "2") == std::map<std::string, int>{{"cannot_move dead_cut", 1}});
  CHECK(kinds(w, "4") == std::map<std::string, int>{{"cannot_move dead_cut", 32}});
  CHECK(kinds(w, "6") == std::map<std::string, int>{{"cannot_move still", 30}});
  CHECK(o.prophecies == "Prophecies: 63 of 63 right: 63 could not move.");
  CHECK(w.summary == "63 dead units: 63 cannot move");
}

TEST_CASE("oracle: below a dead cut, a unit that fires where nobody had looked has not moved") {
  Settings s = oracle_recipe();
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  for (int64_t u = 0; u < 32; ++u) silence(*model, 1, u, -1000);
  const ImageDataset& all = digits<1200, 200>().train;
  // One that a later image fires most is pushed down until only such do.
  const auto first = census_of(*model, all.first(200)).layers[0].values.max_z,
             whole = census_of(*model, all).layers[0].values.max_z;
  const auto differs = std::ranges::mismatch(first, whole);
  REQUIRE(differs.in1 != first.end());
  const int64_t late = differs.in1 - first.begin();
  silence(*model, 0, late, -(*differs.in1 + *differs.in2) / 2);
  Watcher w;
  const auto optimizer = build_optimizer(s, *model);
  Oracle oracle(*model, s, all, *optimizer, constant_schedule(), 100, w);
  oracle.counted(census_of(*model, all.first(200)), 10);
  CHECK(std::ranges::any_of(w.said, [&](const auto& said) {
    return said.second.layer == "2" && said.second.unit == late &&
           said.second.prophecy.ground == Ground::dead_cut;
  }));
  const Census last = census_of(*model, all);
  REQUIRE(last.layers[0].counts.fired[static_cast<std::size_t>(late)] > 0);
  oracle.finish(last, 20);
  CHECK(w.warnings == 0);
  CHECK(wrong(w) == 0);
}

TEST_CASE("oracle: a waking that momentum brings is foretold and scored at its step") {
  // Five units far from firing, whose momentum pushes their biases up.
  Settings s = oracle_recipe();
  s.momentum = 0.9;
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  for (int64_t u = 0; u < 5; ++u) silence(*model, 0, u, -2);
  const auto optimizer =
      make_optimizer("sgd", model->parameters(), {.lr = s.lr, .momentum = s.momentum});
  Watcher w;
  Tensor& weight = model->parameters()[0].mutable_data();
  for (int64_t u = 0; u < 5; ++u) weight.select(0, u).fill(-0.001 * static_cast<double>(u));
  for (auto& [name, t] : optimizer->state(1))
    for (int64_t u = 0; u < 5; ++u)
      t.mutable_data<float>()[u] = u < 4 ? -40.0f - static_cast<float>(u) : -5.0f;
  optimizer->set_steps(0, 10), optimizer->set_steps(1, 10);
  Oracle oracle(*model, s, digits<1200, 200>().train, *optimizer, constant_schedule(), 300, w);
  const auto census = [&] {
    return take_census(*model, [&, done = false](Tensor& inputs) mutable {
      std::vector<int64_t> all(1200);
      std::iota(all.begin(), all.end(), 0);
      inputs = digits<1200, 200>().train.get(all).inputs;
      return !std::exchange(done, true);
    });
  };
  oracle.counted(census(), 10);
  int waking = 0;
  std::map<int64_t, int64_t> at;
  for (const auto& [step, f] : w.said)
    if (f.layer == "2" && f.prophecy.fate == Fate::wakes_at)
      ++waking, at[f.unit] = f.prophecy.wakes_at;
  CHECK(waking == 4);
  CHECK(w.summary.find("wake at a known step (from ") != std::string::npos);
  std::map<int64_t, int64_t> woke;
  for (int64_t step = 11; step <= 60; ++step) {
    for (Variable& p : model->parameters()) p.set_grad(Tensor::zeros(p.shape()));
    optimizer->step();
    oracle.stepped(step);
    const Census now = census();
    for (int64_t u = 0; u < 4; ++u)
      if (now.layers[0].counts.fired[static_cast<std::size_t>(u)] && !woke.contains(u))
        woke[u] = step;
  }
  CHECK(woke == at);
  CHECK(w.scores.size() == 4);
  CHECK(wrong(w) == 0);
  CHECK(oracle.summary().find("4 woke at their step") != std::string::npos);
}

TEST_CASE("oracle: \"cannot\" that wakes is said loudly") {
  Settings s = oracle_recipe();
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  silence(*model, 0, 7, -100);
  const auto optimizer = make_optimizer("sgd", model->parameters(), {.lr = s.lr});
  Watcher w;
  Oracle oracle(*model, s, digits<1200, 200>().train, *optimizer, constant_schedule(), 300, w);
  const auto census = [&] {
    return take_census(*model, [&, done = false](Tensor& inputs) mutable {
      inputs = digits<1200, 200>().train.get(std::vector<int64_t>{0, 1, 2}).inputs;
      return !std::exchange(done, true);
    });
  };
  oracle.counted(census(), 0);
  silence(*model, 0, 7, 100);  // somebody wrote to it
  oracle.counted(census(), 5);
  CHECK(w.warnings == 1);
  CHECK(wrong(w) == 1);
}

TEST_CASE("oracle: what a plant writes to or steps with makes no theorem false") {
  for (const char* plant : {"bias:25", "weights:25,3", "lr_step:25,30000"}) {
    CAPTURE(std::string(plant));
    Settings s = oracle_recipe();
    s.plant = plant;
    if (s.plant.starts_with("lr_step"))
      s.weight_decay = 0.01;  // 0.01 * 0.01 * 30000: the decay overshoots 0
    Watcher w;
    (void)train_watched(
        s, w,
        [](Module& m) {
          for (int64_t u = 0; u < 5; ++u) silence(m, 0, u, -100);
        },
        few_digits());
    CHECK(kinds(w, "2").size() == 1);
    CHECK(w.warnings == 0);
    CHECK(wrong(w) == 0);
    // The step at a larger rate is in the law: what it does is foretold to the step.
    if (s.plant.starts_with("lr_step"))
      CHECK(kinds(w, "2") == std::map<std::string, int>{{"wakes_at replayed", 5}});
    if (s.plant.starts_with("lr_step"))
      CHECK(std::ranges::count_if(
                w.scores, [](const auto& at) { return at.first == 25 && at.second.right; }) >= 5);
  }
}

TEST_CASE("oracle: a unit that fires on images nobody had counted has not woken by itself") {
  const Settings s = oracle_recipe();
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  silence(*model, 1, 4, -1);
  const auto optimizer = make_optimizer("sgd", model->parameters(), {.lr = s.lr});
  const auto census = [&](int64_t images) {
    return take_census(*model, [&, done = false](Tensor& inputs) mutable {
      std::vector<int64_t> first(static_cast<std::size_t>(images));
      std::iota(first.begin(), first.end(), 0);
      inputs = digits<1200, 200>().train.get(first).inputs;
      return !std::exchange(done, true);
    });
  };
  // Some bias lets it fire on few images, none of them among the first ten.
  double bias = 1;
  while (census(10).layers[1].counts.fired[4] > 0) silence(*model, 1, 4, bias -= 0.01);
  REQUIRE(census(1200).layers[1].counts.fired[4] > 0);
  Watcher w;
  Oracle oracle(*model, s, digits<1200, 200>().train, *optimizer, constant_schedule(), 300, w);
  oracle.counted(census(10), 5);
  REQUIRE(std::ranges::any_of(w.said, [](const auto& at) {
    return at.second.layer == "4" && at.second.unit == 4 &&
           at.second.prophecy.fate == Fate::only_if_upstream_moves;
  }));
  SUBCASE("on more images") {
    oracle.finish(census(1200), 7);
    CHECK(w.warnings == 0);
    CHECK(w.scores.empty());
  }
  SUBCASE("on the same ones") {
    silence(*model, 1, 4, 10);  // somebody wrote to it
    oracle.counted(census(10), 7);
    CHECK(w.warnings == 1);
    CHECK(wrong(w) == 1);
  }
}

TEST_CASE(
    "oracle: open units of the first layer are seldom asked again, those newly dead at once") {
  struct Counting final : Dataset {
    int64_t size() const override { return set.size(); }
    Shape sample_shape() const override { return set.sample_shape(); }
    int64_t classes() const override { return set.classes(); }
    Batch get(std::span<const int64_t> indices) const override {
      seen += static_cast<int64_t>(indices.size());
      return set.get(indices);
    }
    const ImageDataset& set = digits<1200, 200>().train;
    mutable int64_t seen = 0;
  };
  const Counting data;
  Settings s = oracle_recipe();
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  const auto optimizer = make_optimizer("sgd", model->parameters(), {.lr = s.lr});
  const auto census = [&] {  // of ten images, so that some of the units fire elsewhere
    return take_census(*model, [&, done = false](Tensor& inputs) mutable {
      std::vector<int64_t> first(10);
      std::iota(first.begin(), first.end(), 0);
      inputs = digits<1200, 200>().train.get(first).inputs;
      return !std::exchange(done, true);
    });
  };
  double bias = 1;
  for (silence(*model, 0, 4, bias); census().layers[0].counts.fired[4] > 0;)
    silence(*model, 0, 4, bias -= 0.01);
  for (int64_t u = 0; u < 32; ++u)
    if (u != 4) silence(*model, 0, u, 100);
  Watcher w;
  Oracle oracle(*model, s, data, *optimizer, constant_schedule(), 300, w);
  std::vector<int64_t> asked;
  for (int64_t n = 1; n <= 20; ++n) {
    if (n == 11) silence(*model, 0, 7, -100);                                 // a death
    if (n != 2) silence(*model, 0, 4, bias - 1e-5 * static_cast<double>(n));  // something moves it
    data.seen = 0;
    oracle.counted(census(), n);
    if (n == 5) take(oracle, kept(oracle));
    CHECK(data.seen <= 1200);
    if (data.seen > 0) asked.push_back(n);
  }
  CHECK(kinds(w, "2").empty());
  CHECK(asked == std::vector<int64_t>{1, 4, 8, 11, 16});
  CHECK(std::ranges::count_if(w.said,
            [](const auto& at) { return at.second.layer == "2" && at.second.unit == 4; }) == 1);
  CHECK(std::ranges::count_if(
            w.said, [](const auto& at) { return at.first == 11 && at.second.unit == 7; }) == 1);
}

TEST_CASE("oracle: goes on from a checkpoint as if it had never stopped") {
  const TemporaryFolder folder;
  Settings s = oracle_recipe();
  s.momentum = 0.9;
  s.lr = 0.3;
  s.save = folder / "run.safetensors";
  Watcher whole, before, after;
  const Outcome o = train_watched(s, whole);
  before.stop_at = 47;
  (void)train_watched(s, before);
  s.resume = checkpoint_beside(s.save);
  const Outcome resumed = train_watched(s, after);
  REQUIRE(whole.said.size() > 20);
  CHECK(whole.said.size() == before.said.size() + after.said.size());
  CHECK(whole.scores.size() == before.scores.size() + after.scores.size());
  CHECK(o.prophecies == resumed.prophecies);
  CHECK(wrong(whole) == 0);
  for (std::size_t i = 0; i < after.said.size(); ++i) {
    const auto& [step, f] = whole.said[whole.said.size() - after.said.size() + i];
    CHECK(step == after.said[i].first);
    CHECK(f.unit == after.said[i].second.unit);
    CHECK(text(f.prophecy) == text(after.said[i].second.prophecy));
  }
}

TEST_CASE("oracle: a state that no run wrote is refused") {
  const Settings s = oracle_recipe();
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  const auto optimizer = make_optimizer("sgd", model->parameters(), {.lr = s.lr});
  Watcher w;
  Oracle oracle(*model, s, digits<1200, 200>().train, *optimizer, constant_schedule(), 300, w);
  Safetensors good = kept(oracle);
  const auto put = [&good](const std::string& name, int64_t value) {
    good.tensors.insert_or_assign("standing." + name, Tensor::of<int64_t>({value}, {1}));
  };
  const std::vector<std::pair<const char*, int64_t>> fits{{"site", 0}, {"unit", 3}, {"fate", 2},
      {"ground", 3}, {"wakes_at", 10}, {"sample", 1199}, {"made", 0}, {"own", 1}, {"below", 1},
      {"early", 0}, {"samples", 1200}};
  for (const auto& [name, value] : fits) put(name, value);
  CHECK_NOTHROW(take(oracle, good));
  CHECK(same(kept(oracle), good));
  for (const auto& spoilt : std::vector<std::pair<const char*, int64_t>>{{"site", 3}, {"site", -1},
           {"unit", 32}, {"unit", -1}, {"fate", 5}, {"fate", -1}, {"ground", 15}, {"ground", -1},
           {"wakes_at", INT64_MIN}, {"sample", 1200}, {"sample", -2}}) {
    const Safetensors before = good;
    CAPTURE(spoilt.first);
    put(spoilt.first, spoilt.second);
    CHECK_THROWS_AS(take(oracle, good), DataError);
    good = before;
  }
  good.tensors.erase("standing.made");
  CHECK_THROWS_WITH_AS(
      take(oracle, good), "f: has no standing.made: is it a checkpoint of this Lively?", DataError);
}

TEST_CASE("oracle: every optimizer, decay and norm of the programs; cannot never wakes") {
  int64_t scored = 0;
  for (const char* optimizer :
      {"sgd", "adam", "adamw", "adamax", "rmsprop", "adagrad", "adadelta"}) {
    for (const double decay : {0.0, 1e-3}) {
      for (const char* norm : {"none", "batch"}) {
        CAPTURE(optimizer);
        CAPTURE(decay);
        CAPTURE(norm);
        Settings s = oracle_recipe();
        s.optimizer = optimizer;
        s.lr = std::string(optimizer) == "adadelta" ? 1
               : std::string(optimizer) == "sgd"    ? 0.2
                                                    : 0.02;
        s.momentum = 0.9;
        s.weight_decay = decay;
        s.norm = norm;
        s.batch_size = 20;
        s.epochs = 2;
        if (decay > 0) s.schedule = "cosine", s.warmup = 5, s.dropout = 0.2;
        Watcher w;
        (void)train_watched(
            s, w,
            [](Module& m) {
              for (int64_t u = 0; u < 4; ++u) silence(m, 0, u, -0.5 - static_cast<double>(u));
            },
            few_digits());
        CHECK(w.warnings == 0);
        for (const auto& at : w.scores) {
          const Scored& score = at.second;
          CAPTURE(text(score.prophecy));
          CAPTURE(score.text);
          CHECK(score.right);
        }
        scored += static_cast<int64_t>(w.scores.size());
      }
    }
  }
  MESSAGE(scored, " prophecies scored");
  CHECK(scored > 100);
}

// No value of a batch of n lies more than sqrt(n - 1) deviations from its mean, and a channel of
// layer 1 has 100 · 28 · 28 in a batch: 280 deviations.
TEST_CASE(
    "oracle: a channel is certified where beta is too low for any batch, and else open with the "
    "reason") {
  for (const double beta : {-279.9, -280.1}) {
    CAPTURE(beta);
    for (const bool plain : {false, true}) {
      Settings s = default_settings(Architecture::resnet);
      s.depth = 8;
      s.width = 4;
      s.epochs = 1;
      s.batch_size = 100;
      s.momentum = 0;
      s.plain = plain;
      Watcher w;
      const auto model = build_model(s, task_of(digits<1200, 200>()));
      for (const auto& [name, p] : model->named_parameters())
        if (name == "bn1.bias" || name == "layer1.0.bn1.bias" || name == "layer1.0.bn2.bias")
          p.node()->data.fill(beta);
      (void)run(*model, s, digits<1200, 200>(), w);
      const char* fate = beta < -280 ? "moves_cannot_wake norm_bound" : "open normalised";
      CHECK(kinds(w, "act") == std::map<std::string, int>{{fate, 4}});
      CHECK(kinds(w, "layer1.0.act1") == std::map<std::string, int>{{fate, 4}});
      CHECK(kinds(w, "layer1.0.act2") ==
            std::map<std::string, int>{{plain ? fate : "open shortcut", 4}});
      CHECK(w.scores.empty() == (beta > -280));
      for (const auto& [step, score] : w.scores) CHECK(score.right);
    }
  }
}

TEST_CASE(
    "oracle: a layer that is dead within rounding only is no cut that anything is promised of") {
  Tensor pixels = Tensor::empty({500, 1, 28, 28}, Dtype::uint8),
         labels = Tensor::empty({500}, Dtype::int64);
  for (int64_t i = 0; i < 500; ++i) {
    pixels.select(0, i).fill(static_cast<double>(1 + i % 250));
    labels.mutable_data<int64_t>()[i] = i % 10;
  }
  const ImageDataset flat(pixels, labels, 10);
  const DataSplits data{"flat", flat, flat};
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 4;
  s.epochs = 1;
  s.momentum = 0;
  for (const double bias : {0.0, -1.0}) {  // z is x - x + bias
    CAPTURE(bias);
    Watcher w;
    const auto model = build_model(s, task_of(data));
    for (const auto& [name, p] : model->named_parameters()) {
      if (name == "1.bias") p.node()->data.fill(bias);
      if (name != "1.weight") continue;
      p.node()->data.fill(0);
      p.node()->data.select(1, 5).fill(1);
      p.node()->data.select(1, 6).fill(-1);
    }
    (void)run(*model, s, data, w);
    const auto said = kinds(w, "2");
    CHECK(said.count("cannot_move dead_cut") == (bias < 0));
    CHECK(said.count("open borderline") == (bias == 0));
  }
}

TEST_CASE("oracle: units of a ResNet are left open with the reason") {
  Settings s = default_settings(Architecture::resnet);
  s.depth = 8;
  s.width = 4;
  s.epochs = 1;
  s.batch_size = 100;
  Watcher w;
  const auto model = build_model(s, task_of(digits<1200, 200>()));
  for (const auto& [name, p] : model->named_parameters())
    if (name == "layer1.0.bn1.bias" || name == "layer1.0.bn2.bias") p.node()->data.fill(-100);
  (void)run(*model, s, digits<1200, 200>(), w);
  CHECK(kinds(w, "layer1.0.act1") == std::map<std::string, int>{{"open normalised", 4}});
  CHECK(kinds(w, "layer1.0.act2") == std::map<std::string, int>{{"open shortcut", 4}});
  CHECK(w.scores.empty());
}

TEST_CASE("oracle: the log has prophecies before their scores") {
  const TemporaryFolder folder;
  small_set().write(folder);
  const std::string log = folder / "run.jsonl";
  const Finished f = run("mnist_mlp",
      "--data " + folder.path() +
          " --depth 2 --width 32 --epochs 2 --momentum 0 --bias-init constant:-1 --log " + log);
  CAPTURE(f.out);
  REQUIRE(f.code == 0);
  CHECK(f.out.find("\nprophecy  ") != std::string::npos);
  CHECK(f.out.find("\nProphecies: ") != std::string::npos);
  std::map<std::pair<std::string, int64_t>, int> said;
  int scores = 0, certificates = 0;
  for (const Json& e : events(log)) {
    const std::string type = e.at("type");
    if (type == "prophecy") {
      for (const char* key : {"step", "layer", "unit", "kind", "theorem", "wakes_at", "text"})
        CHECK(e.contains(key));
      ++said[{e.at("layer"), e.at("unit")}];
    } else if (type == "score") {
      for (const char* key : {"step", "layer", "unit", "kind", "right", "text"})
        CHECK(e.contains(key));
      CHECK(said[{e.at("layer"), e.at("unit")}] > 0);
      ++scores;
    } else if (type == "certificate") {
      for (const char* key : {"step", "layer", "method", "dead", "certified"})
        CHECK(e.contains(key));
      ++certificates;
    }
  }
  CHECK(scores > 0);
  CHECK(certificates > 0);
}
