#include "apps/lab/recipe/plant.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/lab/inquiry/neighbours.h"
#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/preset.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/events.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

struct Witness final : Sink {
  void on(const Event& event) override {
    if (const auto* plant = std::get_if<PlantReport>(&event)) plants.push_back(*plant);
    if (const auto* warning = std::get_if<Warning>(&event)) warnings.push_back(warning->code);
  }
  std::vector<PlantReport> plants;
  std::vector<std::string> warnings;
};

Settings planted_recipe() {
  Settings s = default_settings(Architecture::mlp);
  s.depth = 2;
  s.width = 16;
  s.epochs = 2;
  s.batch_size = 50;  // 24 steps an epoch
  return s;
}

Outcome train_planted(const Settings& s, Witness& witness) {
  return run(s, digits<1200, 1000>(), witness);
}

std::string plant_complaint(const std::string& text) {
  try {
    (void)Plant::parse(text);
  } catch (const ValueError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("plant: errors say what is wrong and what would do") {
  CHECK(plant_complaint("bais:50") == "bais: no such fault, did you mean bias?");
  CHECK(plant_complaint("bias") == "bias: is written bias:STEP[,UNIT]");
  CHECK(plant_complaint("bias:1,2,3") == "bias:1,2,3: is written bias:STEP[,UNIT]");
  CHECK(plant_complaint("nan_inputs:1,2") == "nan_inputs:1,2: is written nan_inputs:COUNT");
  CHECK(plant_complaint("shuffled_labels:3") == "shuffled_labels:3: is written shuffled_labels");
  CHECK(plant_complaint("lr_step:0") == "lr_step:0: STEP must be a whole number of at least 1");
  CHECK(
      plant_complaint("weights:5,-1") == "weights:5,-1: UNIT must be a whole number of at least 0");
  CHECK(plant_complaint("outliers:20,1e3").empty());
  Settings s = planted_recipe();
  s.plant = "bias:5,16";
  Witness w;
  CHECK_THROWS_WITH_AS(
      train_planted(s, w), "--plant bias:5,16: the first layer has units 0 to 15", ValueError);
  s.plant = "bias:49";
  CHECK_THROWS_WITH_AS(train_planted(s, w),
      "--plant bias:49: STEP must be one of the run's steps, 1 to 48", ValueError);
  s.plant = "lr_step:49,3";
  CHECK_THROWS_WITH_AS(train_planted(s, w),
      "--plant lr_step:49,3: STEP must be one of the run's steps, 1 to 48", ValueError);
  s.norm = "batch";
  s.plant = "weights:5";
  CHECK_THROWS_AS(train_planted(s, w), ValueError);
  CHECK(w.plants.empty());
}

TEST_CASE(
    "plant: a step that never comes and a push without effect are usage errors, and leave no "
    "file") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  const auto refused = [&](const std::string& flags) {
    const Finished f =
        run("mnist_mlp", "--data circles --epochs 1 --log " + log + " --plant " + flags);
    CHECK(f.code == 2);
    CHECK_FALSE(exists(log));
    return f.err;
  };
  CHECK(refused("bias:5000") ==
        "mnist_mlp: --plant bias:5000: STEP must be one of the run's steps, 1 to 16\n");
  CHECK(refused("bias:5,128") ==
        "mnist_mlp: --plant bias:5,128: the first layer has units 0 to 127\n");
  CHECK(refused("weights:5") ==
        "mnist_mlp: --plant weights:5: inputs of these data can be below 0, where lower weights "
        "silence no unit; bias:5 works\n");
}

TEST_CASE("plant: points in the plane are spoiled and pushed away as pictures are") {
  const auto report = [](const std::string& plant) {
    const TemporaryFolder folder;
    const std::string log = folder / "run.jsonl";
    for (const char* data : {"circles", "moons"}) {
      const Finished f = run(
          "mnist_mlp", std::string("--data ") + data +
                           " --depth 2 --width 16 --epochs 2 --threads 1 --no-treatment --log " +
                           log + " --plant " + plant);
      CAPTURE(f.err);
      CHECK(f.code == (plant == "nan_inputs:3" ? 4 : 0));
    }
    return events(log);
  };
  CHECK(report("nan_inputs:3").back().at("verdict") == "poisoned");
  CHECK(report("constant_input").back().at("verdict") == "wiring");
  const auto bright = report("outliers:3,100");
  CHECK(bright.front().at("data").at("high") > 50);
  for (const auto& e : report("bias:5"))
    if (e.at("type") == "liveness" && e.at("step") > 5) CHECK(e.at("layers")[0].at("dead") == 16);
}

TEST_CASE("plant: data, the same for the same seed, and only what was asked for") {
  const DataSplits bright = Plant::parse("outliers:20,3").planted(digits<1200, 1000>(), Seed{1});
  const std::vector<int64_t> all = [] {
    std::vector<int64_t> v;
    for (int64_t i = 0; i < 1200; ++i) v.push_back(i);
    return v;
  }();
  const Tensor before = digits<1200, 1000>().train.get(all).inputs,
               after = bright.train.get(all).inputs;
  const Batch part = bright.train.first(700).get(std::span(all).first(700));
  CHECK(std::ranges::equal(part.inputs.values<float>(), after.values<float>().first(700 * 784)));
  int64_t changed = 0;
  for (int64_t i = 0; i < 1200; ++i) {
    const float *a = before.data<float>() + i * 784, *b = after.data<float>() + i * 784;
    bool same = true, threefold = true;
    for (int64_t k = 0; k < 784; ++k) {
      same &= a[k] == b[k];
      threefold &= 3 * a[k] == b[k];
    }
    CHECK((same || threefold));
    changed += !same;
  }
  CHECK(changed == 20);

  const DataSplits scaled =
      Plant::parse("scaled_inputs:4,-3").planted(digits<1200, 1000>(), Seed{1});
  const Tensor moved = scaled.train.get(all).inputs;
  for (int64_t k = 0; k < 784; ++k)
    CHECK(moved.data<float>()[k] == doctest::Approx(4 * before.data<float>()[k] - 3));
  const std::vector<int64_t> one{7};
  CHECK(scaled.test.get(one).inputs.data<float>()[0] ==
        doctest::Approx(4 * digits<1200, 1000>().test.get(one).inputs.data<float>()[0] - 3));

  const DataSplits shuffled =
      Plant::parse("shuffled_labels").planted(digits<1200, 1000>(), Seed{1});
  auto sorted = [](const Tensor& t) {
    std::vector<int64_t> v(t.values<int64_t>().begin(), t.values<int64_t>().end());
    std::ranges::sort(v);
    return v;
  };
  CHECK(sorted(shuffled.train.labels()) == sorted(digits<1200, 1000>().train.labels()));
  int64_t kept = 0;
  for (int64_t i = 0; i < 1200; ++i)
    kept += shuffled.train.labels().data<int64_t>()[i] ==
            digits<1200, 1000>().train.labels().data<int64_t>()[i];
  CHECK(kept < 240);  // a tenth by chance
  const DataSplits constant = Plant::parse("constant_input").planted(digits<1200, 1000>(), Seed{1});
  const Batch last = constant.test.get(std::vector<int64_t>{999});
  CHECK(std::ranges::equal(last.inputs.values<float>(), before.values<float>().first(784)));
}

TEST_CASE("plant: a unit is pushed down in its step, and never fires again") {
  for (const char* text : {"bias:10,3", "weights:10,3"}) {
    CAPTURE(text);
    Settings s = planted_recipe();
    s.plant = text;
    Witness w;
    const Outcome o = train_planted(s, w);
    REQUIRE(w.plants.size() == 1);
    CHECK(w.plants[0].step == 10);
    CHECK(std::string(text).starts_with(w.plants[0].code));
    CHECK(o.life.unit(0, 3).dead);
    CHECK_FALSE(o.life.unit(0, 3).born_dead);
    s.plant = "";
    CHECK_FALSE(train_planted(s, w).life.unit(0, 3).dead);
  }
  Settings s = planted_recipe();
  s.plant = "bias:10";
  Witness w;
  const Outcome o = train_planted(s, w);
  CHECK(o.diagnosis.verdict == Verdict::died);
  CHECK(o.life.layers()[0].dead == 16);
  s.norm = "batch";
  CHECK(train_planted(s, w).life.layers()[0].dead == 16);
}

TEST_CASE("plant: a step at a hundred times the rate is one step") {
  Settings s = planted_recipe();
  Witness w;
  const Outcome plain = train_planted(s, w);
  s.plant = "lr_step:20";
  const Outcome jumped = train_planted(s, w);
  REQUIRE(w.plants.size() == 1);
  const auto same_until = [&](std::size_t n) {
    return std::equal(plain.evidence.losses.begin(),
        plain.evidence.losses.begin() + static_cast<std::ptrdiff_t>(n),
        jumped.evidence.losses.begin());
  };
  CHECK(same_until(20));
  CHECK_FALSE(same_until(21));
}

TEST_CASE("plant: the verdicts on data that were spoiled") {
  Settings s = planted_recipe();
  s.epochs = 6;
  Witness w;
  s.plant = "constant_input";
  CHECK(train_planted(s, w).diagnosis.verdict == Verdict::wiring);
  s.plant = "nan_inputs:1";
  const Outcome nan = train_planted(s, w);
  CHECK(nan.diagnosis.verdict == Verdict::poisoned);
  REQUIRE(nan.evidence.non_finite->where.starts_with("training sample "));
  const int64_t sample = std::stoll(nan.evidence.non_finite->where.substr(16));
  CHECK(std::isnan(Plant::parse(s.plant)
                       .planted(digits<1200, 1000>(), Seed{s.seed})
                       .train.get(std::array{sample})
                       .inputs.at({0, 0, 0, 0})));
  w.warnings.clear();
  s.plant = "shuffled_labels";
  CHECK(train_planted(s, w).diagnosis.verdict == Verdict::uninformative_labels);
  CHECK(w.warnings == std::vector<std::string>{"probe"});
  CHECK(w.plants.size() == 3);
}

TEST_CASE("nearest_neighbours: value, against a plain search") {
  const ImageDataset train = digits<1200, 1000>().train.first(300),
                     test = digits<1200, 1000>().test.first(60);
  const HeldOut h = nearest_neighbours(train, test);
  CHECK(h.samples == 60);
  std::vector<int64_t> at(300);
  for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<int64_t>(i);
  const Batch r = train.get(at), q = test.get(std::span(at).first(60));
  int64_t right = 0;
  for (int64_t i = 0; i < 60; ++i) {
    std::vector<std::pair<double, int64_t>> far;
    for (int64_t j = 0; j < 300; ++j) {
      double d = 0;
      for (int64_t k = 0; k < 784; ++k)
        d += std::pow(
            double(q.inputs.data<float>()[i * 784 + k]) - r.inputs.data<float>()[j * 784 + k], 2);
      far.emplace_back(d, r.labels.data<int64_t>()[j]);
    }
    std::ranges::sort(far);
    std::vector<int> votes(10);
    for (int n = 0; n < 10; ++n)
      ++votes[static_cast<std::size_t>(far[static_cast<std::size_t>(n)].second)];
    const int most = *std::ranges::max_element(votes);
    const auto winner = std::ranges::find_if(
        far, [&](const auto& f) { return votes[static_cast<std::size_t>(f.second)] == most; });
    right += winner->second == q.labels.data<int64_t>()[i];
  }
  CHECK(h.accuracy == doctest::Approx(static_cast<double>(right) / 60));
  CHECK(h.accuracy > 0.5);
}

TEST_CASE("preset: each fills in flags that its program takes, and others override") {
  for (const Preset& p : presets()) {
    Settings s = default_settings(Architecture::mlp);
    apply_preset(p.name, s);
    CHECK(s.quick);
    CHECK((flags_of(s) + " ").starts_with("--quick "));
  }
  Settings s = default_settings(Architecture::resnet);
  CHECK_THROWS_AS(apply_preset("born_dead", s), ValueError);
  const Finished f = run("mnist_mlp",
      "--no-treatment --width 2 --preset born_dead --depth 12 --data synthetic --width 3 --epochs "
      "1");
  CAPTURE(f.out);
  CHECK(f.code == 0);
  CHECK(f.out.find("784 – 12 × 3 – 10") != std::string::npos);
  CHECK(run("mnist_mlp", "--preset dyed").err ==
        "mnist_mlp: --preset dyed: no such preset, did you mean died?\n");
  CHECK(run("mnist_mlp", "--plant bais:5").err ==
        "mnist_mlp: --plant bais: no such fault, did you mean bias?\n");
  CHECK(run("mnist_mlp", "--list-presets").out.find("frozen_optimizer   frozen_optimizer") !=
        std::string::npos);
}

TEST_CASE("preset: a planted run says so on the screen and in the log") {
  const TemporaryFolder folder;
  const std::string log = folder / "run.jsonl";
  const Finished f =
      run("mnist_mlp", "--no-treatment --preset poisoned --data synthetic --log " + log);
  CHECK(f.code == 4);
  CHECK(f.out.find("planted   1 training pictures hold NaN") != std::string::npos);
  CHECK(
      read_file(log).find(
          R"({"schema":1,"type":"plant","step":0,"code":"nan_inputs","text":"1 training pictures hold NaN"})") !=
      std::string::npos);
}
