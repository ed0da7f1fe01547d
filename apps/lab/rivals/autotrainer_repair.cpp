#include "apps/lab/rivals/autotrainer_repair.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "apps/lab/rivals/onlooker.h"
#include "apps/lab/rivals/rivals.h"
#include "lively/tensor/random.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr int kRounds = 10;

double to_cents(double v) { return std::round(v * 100) / 100; }

// The recipes of one list, in order; a recipe like the broken one is passed over.
class List {
 public:
  explicit List(const Settings& recipe) : recipe_(without_files(recipe)) {}

  template <class Change>
  void add(const std::string& name, const Change& change) {
    Settings s = recipe_;
    change(s);
    if (!(s == recipe_)) all_.push_back({name, std::move(s)});
  }
  template <class Change>
  void add(int times, const std::string& name, const Change& change) {
    for (int j = 0; j < times; ++j)
      add(name + " " + std::to_string(j + 1), [&](Settings& s) { change(s, j); });
  }

  void selu() {
    add("selu", [](Settings& s) { s.activation = "selu", s.init = s.bias_init = "lecun_uniform"; });
  }
  void relu() {
    add("relu",
        [](Settings& s) { s.activation = "relu", s.init = "he_uniform", s.bias_init = "zeros"; });
  }
  void tanh() {
    add("tanh",
        [](Settings& s) { s.activation = "tanh", s.init = "he_uniform", s.bias_init = "zeros"; });
  }
  // After the activation, as its code has it.
  void bn() {
    add("bn", [](Settings& s) {
      if (s.architecture == Architecture::mlp && s.norm == "none") s.norm = "batch_after";
    });
  }
  void initial() {
    static constexpr const char* kLaws[] = {"he_uniform", "lecun_uniform", "glorot_normal",
        "glorot_uniform", "he_normal", "lecun_normal"};
    add(3, "initial", [&](Settings& s, int) {
      s.init = kLaws[draw_.below(6)], s.bias_init = kLaws[draw_.below(6)];
    });
  }
  void leaky() {
    add("leaky 1", [](Settings& s) { s.activation = "leaky_relu:0.3"; });
    add("leaky 2", [](Settings& s) { s.activation = "elu"; });
  }
  void gradient() {
    if (recipe_.clip > 0 || recipe_.clip_value > 0) return;
    add(2, "gradient", [&](Settings& s, int) { s.clip_value = to_cents(draw_.uniform(9, 10)); });
  }
  void adam() {
    if (recipe_.optimizer != "adam") add("adam", [](Settings& s) { use(s, "adam", 0.001, 1e-7); });
  }
  void lower_rate() {
    add(3, "lr",
        [&](Settings& s, int j) { s.lr = (draw_.below(2) ? 0.01 : 0.001) * std::pow(0.1, j); });
  }
  void higher_rate() {
    add(3, "lr", [](Settings& s, int j) { s.lr *= std::pow(10.0, j + 1); });
  }
  void batch() {
    add(4, "batch", [](Settings& s, int j) { s.batch_size = 32 << j; });
  }
  void momentum() {
    add(3, "momentum", [&](Settings& s, int) {
      use(s, "sgd", 0.01, 0);
      s.momentum = to_cents(draw_.uniform(0.01, 0.9));
    });
  }
  // With the rates of Keras 2.3.1.
  void optimizer() {
    struct Kind {
      const char* name;
      double lr, eps;
    };
    std::vector<Kind> kinds{
        {"sgd", 0.01, 0}, {"adam", 0.001, 1e-7}, {"adamax", 0.002, 1e-7}, {"rmsprop", 0.001, 1e-7}};
    std::erase_if(kinds, [&](const Kind& k) { return k.name == recipe_.optimizer; });
    add(3, "optimizer", [&](Settings& s, int) {
      const Kind& k = kinds[draw_.below(kinds.size())];
      use(s, k.name, k.lr, k.eps);
    });
  }

  std::vector<AutoTrainerRepair> take() { return std::move(all_); }

 private:
  static void use(Settings& s, const char* name, double lr, double eps) {
    s.optimizer = name, s.lr = lr, s.eps = eps, s.momentum = 0, s.nesterov = false;
  }

  const Settings recipe_;
  Stream draw_{Seed{recipe_.seed}, "autotrainer"};
  std::vector<AutoTrainerRepair> all_;
};

// One retraining under its monitor, which ends it at the first issue.
struct Retrained {
  Sight sight;
  Words words;
  int64_t steps = 0;
  bool whole = true;  // false: it was stopped from outside
};

Retrained retrain(const Settings& recipe, const DataSplits& data, const std::atomic<bool>& stop) {
  const auto model = build_model(recipe, task_of(data));
  const auto optimizer = build_optimizer(recipe, *model);
  Sinks nobody;
  Training t(*model, *optimizer, recipe, data, nobody);
  Onlooker onlooker(*model, *optimizer, recipe, data, {}, Onlooker::Scope::gradients);
  TrainStep train_step(*model, *optimizer, recipe);
  Retrained r;
  for (int64_t epoch = 1; epoch <= recipe.epochs; ++epoch) {
    for (const Batch& batch : t.loader.epoch(epoch)) {
      if (stop) return {.sight = {}, .words = {}, .steps = r.steps, .whole = false};
      optimizer->set_lr_factor(t.rate_factor(++r.steps));
      const Step step = train_step(batch);
      const std::size_t looks = onlooker.sight().looks.size();
      if (std::isfinite(step.loss)) t.plant.push(*model, r.steps, t.data);
      onlooker.after_step(batch, step);
      if (onlooker.sight().looks.size() == looks) continue;
      r.words = autotrainer_words(onlooker.sight());
      if (r.words.empty() && std::isfinite(step.loss)) continue;
      r.sight = onlooker.sight();
      return r;
    }
  }
  r.sight = onlooker.sight();
  return r;
}

}  // namespace

std::vector<AutoTrainerRepair> autotrainer_repairs(const Settings& recipe, std::string_view word) {
  List list(recipe);
  if (word == "relu") {
    list.selu(), list.bn(), list.initial(), list.leaky();
  } else if (word == "vanish") {
    list.selu(), list.relu(), list.bn();
  } else if (word == "explode") {
    list.selu(), list.relu(), list.gradient(), list.tanh(), list.bn();
  } else if (word == "unstable") {
    list.adam(), list.lower_rate(), list.batch(), list.momentum(), list.initial();
  } else if (word == "not_converge") {
    list.optimizer(), list.higher_rate(), list.initial();
  } else {
    fail_unknown(word, "issue of AutoTrainer",
        std::vector<std::string_view>{"relu", "explode", "vanish", "unstable", "not_converge"});
  }
  return list.take();
}

AutoTrainerResult autotrainer_treat(const Settings& recipe, const DataSplits& data,
    const Sight& sight, const std::atomic<bool>& stop) {
  struct Potential {
    AutoTrainerRepair repair;
    std::string word;
    double accuracy;
  };
  const auto began = std::chrono::steady_clock::now();
  AutoTrainerResult result;
  const Words found = autotrainer_words(sight);
  if (found.empty()) return result;
  result.word = found.front();
  std::vector<std::string> met;
  Settings from = recipe;
  std::string word = result.word;
  for (int round = 0; round < kRounds && !result.repair && !stop; ++round) {
    met.push_back(word);
    std::optional<Potential> best;
    for (AutoTrainerRepair& repair : autotrainer_repairs(from, word)) {
      Retrained r;
      try {
        r = retrain(repair.recipe, data, stop);
      } catch (const ValueError&) {
        continue;  // its parts do not go together
      }
      ++result.tried;
      result.steps += r.steps;
      if (!r.whole) break;
      const double accuracy = r.sight.looks.empty() ? 0 : r.sight.looks.back().test_accuracy;
      if (r.words.empty()) {
        result.repair = std::move(repair);
        result.accuracy = std::isfinite(accuracy) ? accuracy : 0;
        break;
      }
      if (r.words.front() != word && (!best || accuracy > best->accuracy))
        best = Potential{std::move(repair), std::string(r.words.front()), accuracy};
    }
    if (!best || std::ranges::find(met, best->word) != met.end()) break;
    from = best->repair.recipe, word = best->word;
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace lively::lab
