// AutoTrainer's detection as its code does it (utils/monitor.py): papers.md, section 7, "What the
// code does", 1 to 6.
#include <algorithm>
#include <cmath>

#include "apps/lab/rivals/rivals.h"

namespace lively::lab {
namespace {

// Its names, its defaults.
constexpr double kBeta1 = 1e-3, kBeta2 = 1e-4, kBeta3 = 70, kGamma = 0.7, kZeta = 0.03, kEta = 0.2,
                 kDelta = 0.01, kTheta = 0.7;
constexpr std::size_t kEvery = 3;    // epochs between checks, from the first on
constexpr double kJudgedFrom = 0.3;  // of the epochs
constexpr double kHugeLoss = 1e5;

// Series of so many epochs.
struct Series {
  std::vector<double> loss, accuracy, test_loss, test_accuracy;
};

bool oscillates(const std::vector<double>& a) {
  std::vector<double> highs, lows;
  for (std::size_t i = 1; i + 1 < a.size(); ++i) {
    if (a[i] >= a[i - 1] && a[i] >= a[i + 1]) highs.push_back(a[i]);
    if (a[i] <= a[i - 1] && a[i] <= a[i + 1]) lows.push_back(a[i]);
  }
  double n = 0;
  for (std::size_t i = 0; i < std::min(highs.size(), lows.size()); ++i)
    n += highs[i] - lows[i] >= kZeta;
  return n >= kEta * static_cast<double>(a.size());
}

// Falls are passed over.
double largest_rise(const std::vector<double>& a) {
  double most = 0;
  for (std::size_t i = 0; i + 1 < a.size(); ++i) most = std::max(most, a[i + 1] - a[i]);
  return most;
}

// What its checks have found so far; nothing is taken back.
struct Features {
  bool nan = false, dying = false, vanish = false, explode = false, not_converged = false,
       slow = false, unstable = false;

  void gradients(const std::vector<TensorSight>& all) {
    double zeros = 0, entries = 0;
    const TensorSight *first = nullptr, *last = nullptr;
    for (const TensorSight& g : all) {
      if (!std::isfinite(g.norm)) {
        nan = true;
        return;
      }
      zeros += static_cast<double>(g.zeros), entries += static_cast<double>(g.entries);
      if (!g.kernel) continue;
      if (!first) first = &g;
      last = &g;
    }
    if (!first) return;
    const double ratio = first->norm / last->norm;  // 0 / 0 is NaN, and neither
    vanish |= ratio < kBeta1 && first->norm < kBeta2;
    explode |= ratio > kBeta3;
    dying |= zeros / entries >= kGamma;
  }

  void course(const Series& s, std::size_t planned) {
    for (std::size_t i = 0; i < s.loss.size(); ++i)
      nan |= !std::isfinite(s.loss[i]) || !std::isfinite(s.test_loss[i]);
    nan |= s.test_loss.back() >= kHugeLoss;
    if (nan || static_cast<double>(s.loss.size()) < kJudgedFrom * static_cast<double>(planned))
      return;
    unstable |= oscillates(s.accuracy);
    not_converged |=
        std::min(std::ranges::max(s.test_accuracy), std::ranges::max(s.accuracy)) < kTheta;
    slow |= largest_rise(s.test_accuracy) < kDelta && largest_rise(s.accuracy) < kDelta;
  }

  // Those of the highest class are kept; a NaN comes first among them.
  Words words() const {
    if (nan) return {"explode"};
    if (not_converged || slow) {
      if (dying) return {"relu"};
      if (explode) return {"explode"};
      if (vanish) return {"vanish"};
      if (slow) return {"not_converge"};
    } else if (unstable) {
      return {"unstable"};
    }
    return {};
  }
};

}  // namespace

Words autotrainer_words(const Sight& sight) {
  Features features;
  Series s;
  for (std::size_t e = 0; e < sight.looks.size(); ++e) {
    const Look& l = sight.looks[e];
    s.loss.push_back(l.loss), s.accuracy.push_back(l.accuracy);
    s.test_loss.push_back(l.test_loss), s.test_accuracy.push_back(l.test_accuracy);
    if (e % kEvery != 0) continue;
    features.nan |=
        std::ranges::any_of(l.weights, [](const TensorSight& w) { return !std::isfinite(w.norm); });
    features.gradients(l.gradients);
    features.course(s, sight.parts);
    if (const Words found = features.words(); !found.empty()) return found;  // it stops the run
  }
  return {};
}

}  // namespace lively::lab
