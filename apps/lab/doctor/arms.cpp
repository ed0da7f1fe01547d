#include "apps/lab/doctor/arms.h"

#include <algorithm>
#include <array>

#include "apps/lab/treatment/candidates.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr std::size_t kOthers = 3;  // changes beside the cure that a treatment saw learn
constexpr std::size_t kRates = 3;   // that a failed network goes on at

void add(std::vector<Arm>& arms, const Settings& recipe, const Settings& to) {
  const bool known = std::ranges::any_of(arms, [&](const Arm& a) { return a.recipe == to; });
  if (!known && goes_together(to)) arms.push_back({to, change_text(recipe, to)});
}

Settings with_surgery(Settings s) {
  s.repair = "dead";
  return s;
}

// As many live units instead: what drawing anew does by itself.
Settings control(Settings s) {
  s.repair = "random";
  return s;
}

Settings leaky(Settings s) {
  s.activation = "leaky_relu";
  return s;
}

// Can a network go on with this change? Not where it is another network, or another optimizer.
bool fits_network(const Settings& recipe, const Settings& to) {
  constexpr std::array<std::string_view, 15> kAnother{"--data", "--quick", "--front", "--depth",
      "--width", "--norm", "--residual", "--shortcut", "--plain", "--dropout", "--init",
      "--bias-init", "--optimizer", "--plant", "--activation"};
  for (const Flag* flag : difference(recipe, to)) {
    const bool also = flag->name == "--activation" && to.activation == "leaky_relu";
    if (std::ranges::find(kAnother, flag->name) != kAnother.end() && !also) return false;
  }
  return recipe.optimizer != "sgd" || (recipe.momentum > 0) == (to.momentum > 0);
}

}  // namespace

std::vector<Arm> arms_from_start(const Settings& recipe, const Treated& treated) {
  std::vector<Arm> arms{{recipe, ""}};
  if (treated.cure) {
    Settings cure = default_settings(recipe.architecture);
    parse_flags(treated.command.substr(treated.command.find(" --") == std::string::npos
                                           ? treated.command.size()
                                           : treated.command.find(" --")),
        cure);
    add(arms, recipe, cure);
  }
  if (treated.nearest) {  // a number, so it reads back
    Settings nearest = recipe;
    parse_flags(treated.nearest->change, nearest);
    add(arms, recipe, nearest);
  }
  std::vector<Candidate> known;
  const auto flags = suspects(recipe);
  for (const Flag* flag : flags) known.push_back(undo(recipe, {flag}));
  known.push_back(undo(recipe, flags));
  for (const auto& more : {scale(recipe), remedies(recipe)})
    known.insert(known.end(), more.begin(), more.end());
  // Those that came furthest, each by its longest twin.
  std::vector<Tried> best = treated.tried;
  std::ranges::stable_sort(best, [](const Tried& a, const Tried& b) {
    return a.learned != b.learned ? a.learned : a.accuracy > b.accuracy;
  });
  const std::size_t most = arms.size() + kOthers;
  for (const Tried& t : best) {
    const auto found = std::ranges::find(known, t.change, &Candidate::change);
    if (found != known.end() && arms.size() < most) add(arms, recipe, found->recipe);
  }
  if (recipe.activation == "relu") {
    add(arms, recipe, with_surgery(recipe));
    add(arms, recipe, control(recipe));
    add(arms, recipe, leaky(recipe));
  }
  return arms;
}

std::vector<Arm> arms_for_failed(const Settings& recipe, const std::vector<Arm>& from_start) {
  std::vector<Arm> arms{{recipe, ""}};
  std::vector<Settings> rates, others;
  for (const Candidate& c : scale(recipe))
    if (c.recipe.lr != recipe.lr && rates.size() < kRates) rates.push_back(c.recipe);
  for (const Arm& a : from_start)
    if (a.recipe.repair.empty() && a.recipe.activation == recipe.activation &&
        fits_network(recipe, a.recipe) && others.size() < kOthers)
      others.push_back(a.recipe);
  for (const std::vector<Settings>* more : {&rates, &others})
    for (const Settings& s : *more) add(arms, recipe, s);
  if (recipe.activation != "relu") return arms;
  Settings redo = recipe;
  redo.repair = "redo";
  add(arms, recipe, with_surgery(recipe));
  add(arms, recipe, control(recipe));
  add(arms, recipe, redo);
  add(arms, recipe, leaky(recipe));
  for (const std::vector<Settings>* more : {&rates, &others})
    for (const Settings& s : *more) {
      if (s.lr > recipe.lr) continue;  // what kills more units
      add(arms, recipe, with_surgery(s));
      if (more == &rates) add(arms, recipe, leaky(s));
    }
  return arms;
}

}  // namespace lively::lab
