#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/lab/rivals/autotrainer_repair.h"
#include "apps/lab/rivals/onlooker.h"
#include "apps/lab/rivals/rivals.h"
#include "apps/lab/whole_run.h"
#include "lively/data/synthetic_digits.h"
#include "tests/apps/recipes.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

using Values = std::vector<double>;

const Rival& rival(std::string_view name) {
  return *std::ranges::find(rivals(), name, &Rival::name);
}

bool says_word(std::string_view name, const Sight& s, std::string_view word) {
  const Words all = rival(name).words(s);
  return std::ranges::find(all, word) != all.end();
}
bool silent(std::string_view name, const Sight& s) { return rival(name).words(s).empty(); }

TensorSight gradient(const std::string& name, double norm, int64_t zeros = 0) {
  return {.name = name,
      .kernel = true,
      .entries = 100,
      .zeros = zeros,
      .norm = norm,
      .mean = norm / 7,
      .mean_abs = norm / 10};
}

// A network of two hidden layers that learns, in twelve looks of which no two are the same.
Sight fine() {
  Sight s{.lr = 0.001, .input_low = 0, .input_high = 1, .parts = 12, .looks = {}};
  for (int i = 0; i < 12; ++i) {
    const double t = i / 12.0;
    Look l{.step = i + 1,
        .loss = 2 - t,
        .accuracy = 0.72 + 0.22 * t,
        .test_loss = 2 - 0.9 * t,
        .test_accuracy = 0.72 + 0.22 * t - 0.01,
        .weights = {},
        .gradients = {},
        .layers = {}};
    for (const char* name : {"1.weight", "3.weight", "5.weight"}) {
      l.gradients.push_back(gradient(name, 1 + t));
      l.weights.push_back(gradient(name, 5 + t));
    }
    for (const char* name : {"2", "4"})
      l.layers.push_back({.name = name,
          .op = "relu",
          .rates = Values(10, 0.5),
          .silent = 0,
          .mean_z = 0.1 + t,
          .mean = 0.4 + t,
          .off = 0.5,
          .beyond_five = 0.1});
    s.looks.push_back(l);
  }
  return s;
}

// The same, with accuracies that stay.
Sight stuck(double accuracy = 0.1) {
  Sight s = fine();
  for (Look& l : s.looks) l.accuracy = l.test_accuracy = accuracy;
  return s;
}

template <class Change>
Sight sight_with(Sight s, const Change& change) {
  for (Look& l : s.looks) change(l);
  return s;
}

}  // namespace

TEST_CASE("rivals: nobody objects to a network that learns, and each says only what it says") {
  for (const Rival& r : rivals()) {
    CAPTURE(r.name);
    CHECK_FALSE(opinion(r, fine()).alarm);
    std::set<std::string_view> words;
    for (const Saying& s : r.says) CHECK(words.insert(s.word).second);
    CHECK_FALSE(r.source.empty());
    CHECK_FALSE(r.given.empty());
  }
  CHECK(rivals().size() == 5);
}

TEST_CASE(
    "rivals: AutoTrainer calls it dying where 70 % of gradient entries are 0, if it is stuck") {
  const auto zeros = [](int64_t n) {
    return [n](Look& l) {
      for (TensorSight& g : l.gradients) g.zeros = n;
    };
  };
  CHECK(says_word("AutoTrainer", sight_with(stuck(), zeros(70)), "relu"));
  CHECK(says_word("AutoTrainer", sight_with(stuck(), zeros(69)), "not_converge"));
  CHECK(silent("AutoTrainer", sight_with(fine(), zeros(99))));
  CHECK(opinion(rival("AutoTrainer"), sight_with(stuck(), zeros(70))).codes ==
        std::vector{Verdict::born_dead, Verdict::died});
}

TEST_CASE("rivals: AutoTrainer compares the first kernel's gradient with the last one's") {
  const auto first = [](double norm) {
    return [norm](Look& l) { l.gradients.front().norm = norm * l.gradients.back().norm; };
  };
  CHECK(says_word("AutoTrainer", sight_with(stuck(), first(71)), "explode"));
  CHECK(says_word("AutoTrainer", sight_with(stuck(), first(69)), "not_converge"));
  CHECK(says_word("AutoTrainer", sight_with(stuck(), first(0.4e-4)), "vanish"));
  CHECK(says_word(
      "AutoTrainer", sight_with(stuck(), first(0.9e-3)), "not_converge"));  // not below 1e-4
  CHECK(silent("AutoTrainer", sight_with(fine(), first(71))));
  // All of them 0: the ratio is no number, and what is left is the share of zeros.
  CHECK(says_word("AutoTrainer",
      sight_with(stuck(),
          [](Look& l) {
            for (TensorSight& g : l.gradients) g = gradient(g.name, 0, 100);
          }),
      "relu"));
}

TEST_CASE("rivals: AutoTrainer takes what is not finite, and a loss of 1e5, for an explosion") {
  Sight s = fine();
  s.looks[6].loss = std::nan("");
  CHECK(says_word("AutoTrainer", s, "explode"));
  s = fine();
  s.looks[9].test_loss = 1e5;
  CHECK(says_word("AutoTrainer", s, "explode"));
  s.looks[9].test_loss = 0.99e5;
  CHECK(silent("AutoTrainer", s));
  s = fine();
  s.looks[3].gradients[1].norm = std::nan("");
  CHECK(says_word("AutoTrainer", s, "explode"));
  s = fine();
  s.looks[11].loss = s.looks[10].loss = std::nan("");  // its last check is that of look 9
  CHECK(silent("AutoTrainer", s));
}

TEST_CASE("rivals: AutoTrainer judges the course from 30 % of the epochs on") {
  Sight s = stuck(0.75);
  CHECK(says_word("AutoTrainer", s, "not_converge"));  // above Theta, but no rise of 0.01
  s.looks[2].accuracy = 0.765;
  CHECK(silent("AutoTrainer", s));
  s = fine();
  for (Look& l : s.looks) l.accuracy *= 0.6, l.test_accuracy *= 0.6;
  CHECK(silent("AutoTrainer", s));  // poor, but it rises, and its gradients are fine
  s.looks.resize(3);                // of 12: only look 0 was checked
  for (Look& l : s.looks) l.accuracy = l.test_accuracy = 0.1;
  CHECK(silent("AutoTrainer", s));
}

TEST_CASE("rivals: AutoTrainer counts swings of 0.03 of the accuracy in training") {
  const auto swing = [](double by) {
    Sight s = fine();
    for (std::size_t i = 0; i < s.looks.size(); ++i)
      s.looks[i].accuracy = 0.9 + (i % 2 ? by : 0),
      s.looks[i].test_accuracy = 0.75 + 0.015 * double(i);
    return s;
  };
  CHECK(says_word("AutoTrainer", swing(0.04), "unstable"));
  CHECK(silent("AutoTrainer", swing(0.02)));
}

TEST_CASE("rivals: SageMaker wants more than half of a relu layer on in less than 1 %") {
  const auto quiet = [](std::size_t units, double rate, const char* op) {
    Sight s = fine();
    for (std::size_t i = 0; i < units; ++i) s.looks[5].layers[1].rates[i] = rate;
    s.looks[5].layers[1].op = op;
    return s;
  };
  CHECK(says_word("SageMaker DeadRelu", quiet(6, 0.009, "relu"), "DeadRelu"));
  CHECK(silent("SageMaker DeadRelu", quiet(6, 0.01, "relu")));
  CHECK(silent("SageMaker DeadRelu", quiet(5, 0, "relu")));
  CHECK(silent("SageMaker DeadRelu", quiet(10, 0, "leaky_relu")));
}

TEST_CASE("rivals: keras-contrib wants a tenth of a layer silent, and misses relus of their own") {
  Sight s = fine();
  s.looks[5].layers[0].silent = 1;
  CHECK(says_word("keras-contrib", s, "dead neurons"));
  s.looks[5].layers[0].fused = false;
  CHECK(silent("keras-contrib", s));
  s = fine();
  s.looks[5].layers[0].rates.assign(11, 0.5);
  s.looks[5].layers[0].silent = 1;
  CHECK(silent("keras-contrib", s));
}

TEST_CASE("rivals: DeepDiagnosis looks for dead nodes in the last epoch, at 70 % of the values") {
  Sight s = fine();
  s.looks.back().layers[1].off = 0.7;
  CHECK(says_word("DeepDiagnosis", s, "Dead Node"));
  s.looks.back().layers[1].off = 0.69;
  CHECK(silent("DeepDiagnosis", s));
  s.looks[10].layers[1].off = 1;
  CHECK(silent("DeepDiagnosis", s));
}

TEST_CASE("rivals: DeepDiagnosis names the first symptom, and a mean of 0 is one") {
  Sight s = fine();
  s.looks[2].layers[0].mean = 0;
  s.looks[3].loss = std::nan("");
  CHECK(opinion(rival("DeepDiagnosis"), s).codes == std::vector{Verdict::born_dead, Verdict::died});
  s = fine();
  s.looks[3].loss = std::nan("");
  CHECK(says_word("DeepDiagnosis", s, "Invalid loss"));
  s = sight_with(fine(), [](Look& l) { l.gradients[0].mean_abs = 0.9e-7; });
  CHECK(says_word("DeepDiagnosis", s, "Vanishing Gradient"));
  s = sight_with(fine(), [](Look& l) { l.gradients[0].mean_abs = 1e-7; });
  CHECK(silent("DeepDiagnosis", s));
  s = sight_with(fine(), [](Look& l) { l.gradients[2].mean = 0; });
  CHECK(says_word("DeepDiagnosis", s, "Numerical Error in delta Weights, 0"));
  s = sight_with(fine(), [](Look& l) { l.weights[1].mean = 3; });
  CHECK(says_word("DeepDiagnosis", s, "Unchange Tensor in Weights"));
  s = sight_with(fine(), [](Look& l) { l.loss = 2; });
  CHECK(says_word("DeepDiagnosis", s, "Loss Not Decreasing"));
}

TEST_CASE("rivals: DeepDiagnosis calls a tanh saturated beyond 5 on more than half") {
  const auto far = [](double share) {
    return sight_with(fine(), [share](Look& l) {
      for (LayerSight& layer : l.layers) layer.op = "tanh", layer.beyond_five = share;
    });
  };
  CHECK(says_word("DeepDiagnosis", far(0.51), "Saturated Activation"));
  CHECK(silent("DeepDiagnosis", far(0.5)));
}

TEST_CASE("rivals: UMLAUT judges rate, dropout, inputs and a NaN, and remarks on the rest") {
  Sight s = fine();
  s.lr = 0.011;
  CHECK(says_word("UMLAUT", s, "Learning Rate is high"));
  s.lr = 0.01;
  CHECK_FALSE(says_word("UMLAUT", s, "Learning Rate is high"));
  s.lr = 0.9e-7;
  CHECK(says_word("UMLAUT", s, "Learning Rate is low"));
  s = fine();
  s.dropout = 0.51;
  CHECK(says_word("UMLAUT", s, "High dropout rate"));
  s.input_high = 1.1;
  CHECK(says_word("UMLAUT", s, "Input data exceeds typical limits"));
  s.looks[4].loss = std::nan("");
  CHECK(says_word("UMLAUT", s, "NaN loss"));
  s = fine();
  s.looks[4].test_accuracy = 0.96;
  CHECK(says_word("UMLAUT", s, "Check validation accuracy"));
  CHECK_FALSE(opinion(rival("UMLAUT"), s).alarm);
}

namespace {

Settings recipe(std::string_view flags) {
  Settings s = default_settings(Architecture::mlp);
  parse_flags(flags, s);
  return s;
}

Watched watched(std::string_view flags) {
  Sinks nobody;
  return run_watched(recipe(flags), digits<600, 200>(), nobody);
}

}  // namespace

TEST_CASE("rivals: who looks on changes no bit") {
  for (const char* flags : {"--depth 2 --width 16 --epochs 2 --dropout 0.3 --norm batch",
           "--depth 2 --width 16 --epochs 2 --activation tanh --liveness batch",
           "--depth 2 --width 8 --epochs 1 --plant nan_inputs:1"}) {
    CAPTURE(flags);
    Sinks nobody;
    const Outcome alone = run(recipe(flags), digits<600, 200>(), nobody);
    const Watched w = watched(flags);
    CHECK(w.outcome.weights_hash == alone.weights_hash);
    CHECK(w.outcome.evidence.losses.size() == alone.evidence.losses.size());
  }
}

TEST_CASE("rivals: who looks on changes no bit of a network with running statistics") {
  Settings s = default_settings(Architecture::resnet);
  parse_flags("--depth 8 --width 4 --epochs 1", s);
  Sinks nobody;
  const Watched w = run_watched(s, digits<600, 200>(), nobody);
  CHECK(w.outcome.weights_hash == run(s, digits<600, 200>(), nobody).weights_hash);
  for (const LayerSight& l : w.sight.looks.back().layers) CHECK_FALSE(l.fused);
}

TEST_CASE("rivals: an activation is a layer's own with no norm and no sum before it") {
  struct Form {
    const char* flags;
    std::vector<bool> own;
  };
  for (const Form& form :
      {Form{"", {true, true, true}}, Form{"--norm batch", {false, false, false}},
          Form{"--norm batch_after", {true, true, true}},
          Form{"--residual add", {true, false, false}},
          Form{"--residual add:pre", {true, true, true}}}) {
    CAPTURE(form.flags);
    const Watched w = watched(std::string("--depth 3 --width 8 --epochs 1 ") + form.flags);
    std::vector<bool> own;
    for (const LayerSight& l : w.sight.looks.back().layers) own.push_back(l.fused);
    CHECK(own == form.own);
  }
}

TEST_CASE("rivals: the onlooker counts as the census does, and sees zeros of gradients") {
  const Watched w = watched("--depth 3 --width 12 --epochs 2 --bias-init constant:-5");
  REQUIRE(w.sight.parts == 10);  // as many as there are steps
  REQUIRE(w.sight.looks.size() == 10);
  const Look& last = w.sight.looks.back();
  CHECK(last.step == w.outcome.steps);
  CHECK(last.test_accuracy == doctest::Approx(w.outcome.test.accuracy));
  int64_t silent_units = 0;
  for (const LayerSight& l : last.layers) {
    CHECK(l.rates.size() == 12);
    CHECK(l.silent == std::ranges::count(l.rates, 0.0));
    silent_units += l.silent;
  }
  CHECK(silent_units == w.outcome.life.dead());
  CHECK(silent_units == 36);
  CHECK(last.gradients.size() == 8);
  CHECK(last.gradients.front().zeros == last.gradients.front().entries);
  for (const char* name : {"AutoTrainer", "SageMaker DeadRelu", "keras-contrib", "DeepDiagnosis"}) {
    CAPTURE(name);
    const std::vector<Verdict> codes = opinion(rival(name), w.sight).codes;
    CHECK(std::ranges::find(codes, Verdict::born_dead) != codes.end());
  }
}

TEST_CASE("rivals: of a run that diverged the rest is not finite") {
  const Watched w = watched("--depth 2 --width 16 --epochs 3 --plant nan_inputs:1");
  REQUIRE(w.outcome.diverged());
  CHECK(w.sight.looks.size() == w.sight.parts);
  CHECK(std::isnan(w.sight.looks.back().loss));
  CHECK_FALSE(w.sight.input_finite);
  CHECK(says_word("AutoTrainer", w.sight, "explode"));
  CHECK(says_word("UMLAUT", w.sight, "NaN in input"));
  CHECK(says_word("DeepDiagnosis", w.sight, "Invalid loss"));
}

TEST_CASE("rivals: AutoTrainer's repairs stand in its order") {
  const auto names = [](std::string_view word, std::string_view flags) {
    std::vector<std::string> all;
    for (const AutoTrainerRepair& r : autotrainer_repairs(recipe(flags), word))
      all.push_back(r.name);
    return all;
  };
  using Names = std::vector<std::string>;
  CHECK(names("relu", "") ==
        Names{"selu", "bn", "initial 1", "initial 2", "initial 3", "leaky 1", "leaky 2"});
  CHECK(names("vanish", "--activation tanh --init glorot_uniform") == Names{"selu", "relu", "bn"});
  CHECK(names("explode", "--init random_uniform --clip 1") == Names{"selu", "relu", "tanh", "bn"});
  CHECK(names("unstable", "--optimizer adam --lr 0.1 --batch-size 32").front() == "lr 1");
  const auto slow = autotrainer_repairs(recipe("--lr 1e-5"), "not_converge");
  CHECK(slow[0].name == "optimizer 1");
  CHECK(slow[3].recipe.lr == doctest::Approx(1e-4));
  const auto selu = autotrainer_repairs(recipe("--depth 3"), "relu").front().recipe;
  CHECK(flags_of(selu) ==
        "--depth 3 --activation selu --init lecun_uniform --bias-init lecun_uniform");
  CHECK_THROWS_WITH_AS(autotrainer_repairs(recipe(""), "dying"),
      doctest::Contains("dying: no such issue of AutoTrainer"), ValueError);
}

TEST_CASE("rivals: AutoTrainer takes the first repair that trains without an issue") {
  const DataSplits data = digits<600, 200>();
  const std::string_view flags =
      "--depth 2 --width 32 --epochs 12 --batch-size 20 --bias-init constant:-5 --lr 0.02";
  const Watched w = watched(flags);
  const std::atomic<bool> never{false}, at_once{true};
  const AutoTrainerResult r = autotrainer_treat(recipe(flags), data, w.sight, never);
  CHECK(r.word == "relu");
  REQUIRE(r.repair.has_value());
  CHECK(r.repair->name == "selu");
  CHECK(r.tried == 1);
  CHECK(r.steps == 12 * 30);
  Sinks nobody;
  CHECK(r.accuracy == run(r.repair->recipe, data, nobody).test.accuracy);
  CHECK_FALSE(autotrainer_treat(recipe(flags), data, w.sight, at_once).repair.has_value());
  CHECK(autotrainer_treat(recipe(flags), data, fine(), never).word.empty());
}
