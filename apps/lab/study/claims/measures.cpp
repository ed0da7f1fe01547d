#include "apps/lab/study/claims/measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lively::lab {
namespace {

using Read = std::optional<Reading>;
using Counts = std::vector<int64_t>;

Counts counts(const Json& line, const char* key) { return line.at(key).get<Counts>(); }
double sum(const Counts& all) {
  return static_cast<double>(std::accumulate(all.begin(), all.end(), int64_t{0}));
}

Read reading(double v) {
  if (!std::isfinite(v)) return {};
  return Reading{v, 1};
}
Read reading(const Json& line, const char* key) {
  const Json& v = line.at(key);
  if (v.is_null()) return {};
  return reading(v.get<double>());
}
// A run that diverged has learnt nothing: it counts as one that says the commonest class of all, so
// that nothing is gained by staying finite alone.
Read worth(const Json& line, double accuracy) {
  return reading(std::max(accuracy, line.value("majority", 0.0)));
}
Read yes_no(bool yes) { return Reading{yes ? 1.0 : 0.0, 1}; }
// Units and layers of one network are no independent cases: each run gives one share.
Read share_of(double k, double n) {
  if (n <= 0) return {};
  return Reading{k / n, 1};
}
Read of_all(double k, double n) {
  if (n <= 0) return {};
  return Reading{k, n};
}

double share_of(const Json& line, const char* key) {
  const double units = sum(counts(line, "units"));
  return units > 0 ? sum(counts(line, key)) / units : std::nan("");
}

bool layer_gone(const Json& line, const char* key) {
  const Counts units = counts(line, "units"), gone = counts(line, key);
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i] > 0 && gone[i] == units[i]) return true;
  return false;
}

Read revived(const Json& line, std::size_t from, std::size_t to) {
  const Counts born = counts(line, "born"), died = counts(line, "died"),
               revived = counts(line, "revived");
  double k = 0, n = 0;
  for (std::size_t i = from; i < std::min(to, born.size()); ++i) {
    n += static_cast<double>(born[i] + died[i]);
    k += static_cast<double>(revived[i]);
  }
  return share_of(k, n);
}

constexpr double kLearns = 0.1;

}  // namespace

Measure accuracy() {
  return {"test accuracy", false, true,
      [](const Json& l) { return worth(l, l.at("accuracy").get<double>()); }};
}
Measure first_accuracy() {
  return {"test accuracy after the first epoch", false, true, [](const Json& l) {
            const auto all = l.at("accuracies").get<std::vector<double>>();
            return worth(l, all.empty() ? 0 : all.front());
          }};
}
Measure dead_share() {
  return {"dead units", false, true, [](const Json& l) { return reading(share_of(l, "dead")); }};
}
Measure born_share() {
  return {"units dead at birth", false, true,
      [](const Json& l) { return reading(share_of(l, "born")); }};
}
Measure died_share() {
  return {"dead units more than at birth", false, true,
      [](const Json& l) { return reading(share_of(l, "dead") - share_of(l, "born")); }};
}
Measure zero_gradients() {
  return {"gradient entries of exactly 0", false, true,
      [](const Json& l) { return reading(l, "zero_gradients"); }};
}
Measure zero_gradients_born() {
  return {"gradient entries of exactly 0 at birth", false, true,
      [](const Json& l) { return reading(l, "zero_gradients_born"); }};
}
Measure overflowed() {
  return {"second moments that are infinite", false, true,
      [](const Json& l) { return reading(l, "overflowed"); }};
}
Measure saturated() {
  return {"saturated outputs at birth", false, true,
      [](const Json& l) { return reading(l, "saturated"); }};
}
Measure faulty_zeros() {
  return {"zeros that the faulty test reports", false, true,
      [](const Json& l) { return reading(l, "faulty_zeros"); }};
}
Measure faulty_size() {
  return {"largest entry that the faulty test reports, over the loss's gradient's", false, true,
      [](const Json& l) { return reading(l, "faulty_size"); }};
}
Measure true_zeros() {
  return {"zeros in the loss's gradient", false, true,
      [](const Json& l) { return reading(l, "true_zeros"); }};
}
Measure softmax_zeros() {
  return {"logit gradients of exactly 0", false, true,
      [](const Json& l) { return reading(l, "zeros"); }};
}
Measure first_loss() {
  return {"loss at birth, over ln 10", false, false, [](const Json& l) {
            const Read loss = reading(l, "loss_born");
            return loss ? reading(loss->value / std::log(10.0)) : loss;
          }};
}
Measure learns() {
  return {"runs that learn", true, true, [](const Json& l) {
            const auto all = l.at("accuracies").get<std::vector<double>>();
            const double majority = l.at("majority");
            return yes_no(!all.empty() &&
                          *std::ranges::max_element(all) >= majority + kLearns * (1 - majority));
          }};
}
Measure diverged() {
  return {"runs with a loss that is not finite", true, true,
      [](const Json& l) { return yes_no(l.at("diverged").get<bool>()); }};
}
Measure dead_layer() {
  return {"runs with a dead layer at the end", true, true,
      [](const Json& l) { return yes_no(layer_gone(l, "dead")); }};
}
Measure dead_layer_born() {
  return {"runs with a dead layer at birth", true, true,
      [](const Json& l) { return yes_no(layer_gone(l, "born")); }};
}
Measure all_zero() {
  return {"runs whose gradient is exactly 0 in every entry", true, true,
      [](const Json& l) { return yes_no(l.at("zero_gradients") == 1.0); }};
}
Measure hidden_zero() {
  return {"runs whose hidden layers' gradient is exactly 0 in every entry", true, true,
      [](const Json& l) { return yes_no(l.at("hidden_zero").get<bool>()); }};
}
Measure constant_born() {
  return {"runs whose logits hardly depend on the input at birth", true, true, [](const Json& l) {
            const Read d = reading(l, "deviation_born");
            return d ? yes_no(d->value < 1e-3) : d;
          }};
}
Measure born_dead() {
  return {"networks born dead", true, true, [](const Json& l) {
            return of_all(l.at("networks_dead").get<double>(), l.at("networks").get<double>());
          }};
}
Measure units_born_dead() {
  return {"units born dead", false, true, [](const Json& l) { return reading(l, "units_dead"); }};
}
Measure revived_first() {
  return {"deaths in the first hidden layer that were undone", false, true,
      [](const Json& l) { return revived(l, 0, 1); }};
}
Measure revived_later() {
  return {"deaths in later layers that were undone", false, true,
      [](const Json& l) { return revived(l, 1, SIZE_MAX); }};
}
Measure moved() {
  return {"dead first-layer units whose weights moved", false, true, [](const Json& l) {
            return share_of(l.at("moved").get<double>(), l.at("still").get<double>());
          }};
}
Measure dead_after_alive() {
  return {"layers dead above one that lives", false, true, [](const Json& l) {
            const Counts units = counts(l, "units"), dead = counts(l, "dead");
            double k = 0, n = 0;
            for (std::size_t i = 0; i + 1 < units.size(); ++i) {
              if (dead[i] == units[i]) continue;
              ++n;
              k += dead[i + 1] == units[i + 1];
            }
            return share_of(k, n);
          }};
}
Measure more_zeros_born() {
  return {"blocks whose output has more zeros than their input, at birth", false, true,
      [](const Json& l) {
        return share_of(l.at("more_zeros_born").get<double>(), l.at("blocks").get<double>());
      }};
}
Measure more_zeros() {
  return {"blocks whose output has more zeros than their input", false, true, [](const Json& l) {
            return share_of(l.at("more_zeros").get<double>(), l.at("blocks").get<double>());
          }};
}

}  // namespace lively::lab
