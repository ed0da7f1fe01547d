#include "apps/lab/grading/truth.h"

#include <algorithm>
#include <functional>
#include <map>

#include "apps/lab/recipe/flag_table.h"

namespace lively::lab {
namespace {

using Change = std::function<void(Settings&)>;
using Changes = std::vector<Change>;

double usual_rate(const Settings& s) {
  if (s.optimizer == "sgd") return 0.01;
  return s.optimizer == "adagrad" ? 0.01 : 0.001;
}

// The rate so many times as large, and its optimizer's usual one where that lies on this side.
Changes rates(std::initializer_list<double> factors) {
  const bool up = *factors.begin() > 1;
  Changes all{[up](Settings& s) {
    if ((usual_rate(s) > s.lr) == up) s.lr = usual_rate(s);
  }};
  for (const double factor : factors) all.push_back([factor](Settings& s) { s.lr *= factor; });
  return all;
}

// The initialiser that its activation asks for.
void draw_anew(Settings& s) {
  const bool odd = s.activation == "tanh" || s.activation == "sigmoid";
  s.init = s.activation == "selu" ? "lecun_normal" : odd ? "glorot_uniform" : "he_uniform";
  s.bias_init = "zeros";
}

// Takes the plant away, if it is this one.
Change without_plant(std::string_view code) {
  return [code](Settings& s) {
    if (s.plant.starts_with(code)) s.plant.clear();
  };
}

Changes joined(Changes a, const Changes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::map<std::string_view, Changes>& table() {
  static const Changes lower = rates({0.1, 0.01});
  static const std::map<std::string_view, Changes> all{
      {"exploding", joined(lower, {[](Settings& s) { s.clip = 1; }, without_plant("lr_step"),
                                      without_plant("outliers")})},
      {"poisoned", {without_plant("nan_inputs")}},
      {"wiring", {without_plant("constant_input"), without_plant("outliers")}},
      {"uninformative_labels", {without_plant("shuffled_labels")}},
      {"frozen_loss", {[](Settings& s) { s.loss = "softmax_cross_entropy"; },
                          [](Settings& s) {
                            s.loss = "softmax_cross_entropy";
                            draw_anew(s);
                          }}},
      {"frozen_optimizer", {draw_anew}},
      {"born_dead", {draw_anew}},
      {"died", joined(lower, {without_plant("lr_step"), without_plant("bias"),
                                 without_plant("weights"), without_plant("outliers")})},
      {"vanishing", {draw_anew, [](Settings& s) { s.residual = "add"; },
                        [](Settings& s) { s.norm = "batch"; }}},
      {"starved_step",
          {[](Settings& s) { s.clip = s.clip_value = 0; }, [](Settings& s) { s.warmup = 0; },
              [](Settings& s) { s.eps = 0; }, [](Settings& s) { s.schedule = "constant"; }}},
      {"over_regularised",
          {[](Settings& s) { s.dropout = 0; }, [](Settings& s) { s.weight_decay = 0; }}},
      {"oscillating", lower},
      {"slow", rates({10, 100, 1000})},
  };
  return all;
}

}  // namespace

std::vector<Settings> tests_of(std::string_view code, const Settings& recipe) {
  std::vector<Settings> all;
  const auto row = table().find(code);
  if (row == table().end()) return all;
  for (const Change& change : row->second) {
    Settings to = recipe;
    change(to);
    if (!(to == recipe) && std::ranges::find(all, to) == all.end()) all.push_back(to);
  }
  return all;
}

const char* name(Rightness r) {
  return r == Rightness::wrong ? "wrong" : r == Rightness::by_cure ? "by_cure" : "by_mechanism";
}

std::optional<Rightness> Truth::of(std::string_view code, const std::atomic<bool>& stop) {
  for (const FaultKind* kind : case_.faults)
    if (std::ranges::find(kind->codes, code) != kind->codes.end()) return Rightness::by_mechanism;
  const double bar = restored_bar(case_.clean_accuracy, *case_.place);
  for (const Settings& changed : tests_of(code, case_.faulty)) {
    const std::string key = flags_of(changed);
    if (!reached_.contains(key)) {
      const auto accuracy = reached(changed, *case_.place, stop);
      if (!accuracy) return std::nullopt;
      reached_[key] = *accuracy;
    }
    if (reached_[key] >= bar) return Rightness::by_cure;
  }
  return Rightness::wrong;
}

std::optional<Rightness> Truth::of(
    const std::vector<std::string>& codes, const std::atomic<bool>& stop) {
  Rightness best = Rightness::wrong;
  for (const std::string& code : codes) {
    const auto r = of(code, stop);
    if (!r) return std::nullopt;
    best = std::max(best, *r);
    if (best == Rightness::by_mechanism) break;
  }
  return best;
}

}  // namespace lively::lab
