#include "apps/lab/treatment/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

// What may be at fault, from what is undone most lightly to what makes another network of it.
constexpr std::array<std::string_view, 26> kSuspects{"--plant", "--repair", "--loss", "--lr",
    "--clip", "--clip-value", "--weight-decay", "--dropout", "--warmup", "--schedule", "--momentum",
    "--nesterov", "--eps", "--augment", "--init", "--bias-init", "--optimizer", "--batch-size",
    "--activation", "--norm", "--residual", "--shortcut", "--plain", "--front", "--width",
    "--depth"};

// The rate that its optimizer's authors propose; of sgd the program's own.
double usual_rate(const Settings& s) {
  if (s.optimizer == "sgd") return default_settings(s.architecture).lr;
  if (s.optimizer == "adadelta") return 1;
  return s.optimizer == "adagrad" ? 0.01 : 0.001;
}

// Can this flag be at fault in this recipe?
bool counts(std::string_view flag, const Settings& s) {
  // A smaller ResNet learns less, and a larger twin would take the time of all others.
  const bool resnet = s.architecture == Architecture::resnet;
  if (resnet && flag == "--depth") return s.depth > default_settings(s.architecture).depth;
  if (resnet && flag == "--width") return s.width > default_settings(s.architecture).width;
  if (flag == "--momentum") return s.optimizer == "sgd";
  if (flag == "--nesterov") return s.optimizer == "sgd" && s.momentum > 0;
  return true;
}

void add(std::vector<Candidate>& all, const Settings& recipe, void (*change)(Settings&)) {
  Settings to = recipe;
  change(to);
  if (!(to == recipe)) all.push_back(change_of(recipe, std::move(to)));
}

// A sum of as many branches as there are layers grows with them unless each begins the smaller:
// He's variance over the depth, as in Zhang, Dauphin, Ma 2019, Fixup Initialization (arXiv
// 1901.09321).
void shortcuts(Settings& s) {
  const double bound = rounded(std::sqrt(6.0 / (static_cast<double>(s.width) * s.depth)));
  s.residual = "add";
  s.init = Spec{"random_uniform", {-bound, bound}}.to_string();
  s.bias_init = "zeros";
}

std::string typed(const Flag& flag, const Settings& s) {
  return flag.name + (flag.value.empty() ? "" : " " + flag.say(s));
}

}  // namespace

std::string change_text(const Settings& from, const Settings& to) {
  std::string text, gone;
  for (const Flag* flag : difference(from, to)) {
    if (!flag->say(to).empty()) {
      text += (text.empty() ? "" : " ") + typed(*flag, to);
    } else {
      gone += (gone.empty() ? "without " : " and ") + typed(*flag, from);
    }
  }
  return text + (text.empty() || gone.empty() ? "" : " ") + gone;
}

Candidate change_of(const Settings& from, Settings to) {
  std::string text = change_text(from, to);
  return {std::move(to), std::move(text), ""};
}

double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

std::vector<const Flag*> suspects(const Settings& recipe) {
  Settings healthy = default_settings(recipe.architecture);
  healthy.lr = usual_rate(recipe);
  const std::vector<const Flag*> typed_flags = difference(recipe, healthy);
  std::vector<const Flag*> found;
  for (const std::string_view name : kSuspects)
    for (const Flag* flag : typed_flags)
      if (flag->name == name && counts(name, recipe)) found.push_back(flag);
  return found;
}

Candidate undo(const Settings& recipe, const std::vector<const Flag*>& flags) {
  const Settings defaults = default_settings(recipe.architecture);
  Settings to = recipe;
  bool rate = false;
  for (const Flag* flag : flags) {
    flag->assign(to, defaults);
    rate |= flag->name == "--lr";
  }
  if (rate) to.lr = usual_rate(to);
  Candidate c = change_of(recipe, std::move(to));
  if (flags.size() == 1) c.culprit = typed(*flags.front(), recipe);
  return c;
}

std::vector<Candidate> scale(const Settings& recipe) {
  std::vector<Candidate> all;
  for (const double factor : {0.1, 10.0, 0.01, 100.0, 0.001, 1000.0}) {
    Settings to = recipe;
    to.lr = rounded(recipe.lr * factor);
    all.push_back(change_of(recipe, std::move(to)));
  }
  if (recipe.clip == 0) add(all, recipe, [](Settings& s) { s.clip = 1; });
  if (recipe.optimizer == "sgd" && recipe.momentum == 0)
    add(all, recipe, [](Settings& s) { s.momentum = 0.9; });
  if (recipe.optimizer == "sgd" && recipe.momentum > 0)
    add(all, recipe, [](Settings& s) { s.momentum = 0, s.nesterov = false; });
  return all;
}

std::vector<Candidate> remedies(const Settings& recipe) {
  std::vector<Candidate> all;
  add(all, recipe, [](Settings& s) { s.loss = "softmax_cross_entropy"; });
  add(all, recipe, [](Settings& s) { s.init = "he_uniform", s.bias_init = "zeros"; });
  if (recipe.activation == "tanh" || recipe.activation == "sigmoid")
    add(all, recipe, [](Settings& s) { s.init = "glorot_uniform", s.bias_init = "zeros"; });
  add(all, recipe,
      [](Settings& s) { s.optimizer = "adam", s.lr = 0.001, s.eps = 0, s.nesterov = false; });
  add(all, recipe, [](Settings& s) { s.activation = "leaky_relu"; });
  add(all, recipe,
      [](Settings& s) { s.activation = "selu", s.init = "lecun_normal", s.bias_init = "zeros"; });
  if (recipe.architecture == Architecture::resnet) {
    add(all, recipe, [](Settings& s) { s.plain = false; });
    add(all, recipe, [](Settings& s) { s.norm = "batch"; });
  } else {
    if (recipe.depth > 2) add(all, recipe, shortcuts);
    if (recipe.batch_size > 1) {
      add(all, recipe, [](Settings& s) { s.norm = "batch"; });
      add(all, recipe, [](Settings& s) { s.norm = "batch", s.residual = "add"; });
    }
    if (recipe.width < 64) add(all, recipe, [](Settings& s) { s.width = 64; });
    if (recipe.depth > 5) add(all, recipe, [](Settings& s) { s.depth = 5; });
  }
  return all;
}

Candidate both(const Settings& recipe, const Candidate& a, const Candidate& b) {
  Settings to = recipe;
  for (const Candidate* c : {&a, &b})
    for (const Flag* flag : difference(recipe, c->recipe)) flag->assign(to, c->recipe);
  return change_of(recipe, std::move(to));
}

}  // namespace lively::lab
