#include "lively/nn/liveness/diagnose.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>

#include "lively/tensor/error.h"

namespace lively {
namespace {

constexpr double kStuck = 0.1;          // P below this: hardly anything learnt
constexpr double kLearnt = 0.5;         // P from this on: learnt
constexpr double kStandstill = 0.01;    // improvement of the median loss over the last third
constexpr double kExplosion = 100;      // rise of the smoothed loss or of the weights
constexpr double kBlownLoss = 10;       // last loss over the larger of first loss and H
constexpr double kFrozenError = 0.05;   // share of wrong samples from which frozen_loss is asked
constexpr double kFrozenShare = 0.95;
constexpr double kHalf = 0.5;           // of a layer dead, or of its dead dead from birth
constexpr double kNoSignal = 1e-3;      // standard deviation of logits
constexpr double kNoUpdate = 1e-6;      // rms update over rms weight of the first layer,
constexpr double kFadedUpdate = 1e-3;   // and the first layer's over the last's

// A deciding quantity nearer to its threshold than this decides nothing.
constexpr double kClear = 1.2;

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

std::vector<double> finite_part(std::span<const double> v) {
  std::vector<double> out;
  for (const double x : v)
    if (std::isfinite(x)) out.push_back(x);
  return out;
}

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

// The improvement of the median loss from the first to the second half of the last third.
double late_improvement(const Evidence& e) {
  const std::vector<double> losses = finite_part(e.losses);
  const std::size_t n = losses.size(), start = n - n / 3, half = start + (n - start) / 2;
  if (half >= n || start == half) return 0;
  const double before = median({losses.begin() + static_cast<std::ptrdiff_t>(start),
                                losses.begin() + static_cast<std::ptrdiff_t>(half)});
  const double after = median({losses.begin() + static_cast<std::ptrdiff_t>(half), losses.end()});
  return before > 0 ? 1 - after / before : 0;
}

// How far the last value stands above the lowest, of values smoothed over a twentieth of the
// series, three at least: losses of single samples differ a thousandfold. A spike that the run
// came back from does not count: Adam at a rate of 0.1 rises 180-fold, kills a layer and settles
// at the label entropy.
double rise_at_end(const std::vector<double>& series) {
  const std::vector<double> v = finite_part(series);
  const std::size_t window = std::max<std::size_t>(3, v.size() / 20);
  if (v.size() < window) return 1;
  // Whole windows and the last one; a sliding sum would lose small values beside 1e30.
  const auto mean_from = [&](std::size_t start) {
    const auto first = v.begin() + static_cast<std::ptrdiff_t>(start);
    return std::accumulate(first, first + static_cast<std::ptrdiff_t>(window), 0.0) / static_cast<double>(window);
  };
  const double last = mean_from(v.size() - window);
  double lowest = last;
  for (std::size_t start = 0; start + window <= v.size(); start += (window + 3) / 4)
    lowest = std::min(lowest, mean_from(start));
  return lowest > 0 ? last / lowest : 1;
}

// P, or the share of the way from the majority class to no error, whichever is larger: a network
// that started from huge weights classifies well while a few saturated mistakes hold its loss far
// above H.
double explained_share(const Evidence& e) {
  const double by_loss = e.label_entropy > 0 && std::isfinite(e.loss) ? 1 - e.loss / e.label_entropy : -INFINITY;
  const double by_accuracy = e.majority_share < 1 ? (e.accuracy - e.majority_share) / (1 - e.majority_share) : 0;
  return std::isfinite(e.loss) ? std::max(by_loss, by_accuracy) : by_loss;
}

struct Facts {
  double explained = 0;
  bool stuck = false;
  double loss_rise = 1, norm_rise = 1, last_over_first = 0;
  const LayerEvidence* cut = nullptr;    // a dead layer that nothing bypasses
  const LayerEvidence* worst = nullptr;  // the largest dead share
  int64_t dead = 0, units = 0;
};

Facts facts_of(const Evidence& e) {
  Facts f;
  f.explained = explained_share(e);
  f.stuck = f.explained < kStuck || (f.explained < kLearnt && late_improvement(e) < kStandstill);
  f.loss_rise = rise_at_end(e.losses);
  f.norm_rise = rise_at_end(e.weight_norms);
  const std::vector<double> losses = finite_part(e.losses);
  if (!losses.empty())
    f.last_over_first = losses.back() / std::max(losses.front(), e.label_entropy);
  for (const LayerEvidence& l : e.layers) {
    f.dead += l.dead;
    f.units += l.units;
    if (l.units == 0) continue;
    const auto share = [](const LayerEvidence& x) {
      return static_cast<double>(x.dead) / static_cast<double>(x.units);
    };
    if (!f.worst || share(l) > share(*f.worst)) f.worst = &l;
    if (!l.bypassed && l.dead == l.units && !f.cut) f.cut = &l;
  }
  return f;
}

bool half_dead(const LayerEvidence* l) {
  return l && static_cast<double>(l->dead) >= kClear * kHalf * static_cast<double>(l->units);
}

bool exploded(const Facts& f) {
  return f.loss_rise >= kClear * kExplosion || f.norm_rise >= kClear * kExplosion ||
         f.last_over_first > kClear * kBlownLoss;
}

bool frozen_loss(const Evidence& e) {
  return e.samples_seen > 0 && static_cast<double>(e.wrong) >= kFrozenError * static_cast<double>(e.samples_seen) &&
         static_cast<double>(e.wrong_frozen) >= kFrozenShare * static_cast<double>(e.wrong);
}

// The layer whose death explains the standstill, if one does.
const LayerEvidence* fatal_layer(const Evidence& e, const Facts& f) {
  if (!f.stuck) return nullptr;
  if (f.cut) return f.cut;
  return half_dead(f.worst) && e.revival_cures.value_or(false) ? f.worst : nullptr;
}

bool signal_vanished(const Evidence& e, const Facts& f) {
  return f.stuck && !f.cut && kClear * e.output_deviation < kNoSignal;
}

bool gradient_vanished(const Evidence& e, const Facts& f) {
  if (!f.stuck || f.cut || e.update_ratios.size() < 2) return false;
  const double first = e.update_ratios.front(), last = e.update_ratios.back();
  return kClear * first < kNoUpdate && kClear * first < kFadedUpdate * last;
}

std::string dead_text(const Facts& f) {
  return format("%lld of %lld units are dead", static_cast<long long>(f.dead), static_cast<long long>(f.units));
}

std::string text_of(Verdict v, const Evidence& e, const Facts& f) {
  switch (v) {
    case Verdict::exploding: {
      std::string end = "";
      if (e.non_finite)
        end = format(" until %s was no longer finite at step %lld", e.non_finite->where.c_str(),
                     static_cast<long long>(e.non_finite->step));
      if (f.last_over_first > kBlownLoss || f.loss_rise >= kExplosion || f.norm_rise < kExplosion)
        return format("Exploding: the loss rose %.3g-fold", std::max(f.loss_rise, f.last_over_first)) + end +
               ". The steps are too large for these weights; dead units are not the cause.";
      return format("Exploding: the weights grew %.3g-fold", f.norm_rise) + end +
             ". The steps are too large for these weights; dead units are not the cause.";
    }
    case Verdict::poisoned:
      return format("Poisoned: %s was not finite at step %lld, without a rise of the loss before it. "
                    "A NaN is not a dead unit: every unit that it reaches is lost, whatever its weights.",
                    e.non_finite ? e.non_finite->where.c_str() : "the loss",
                    static_cast<long long>(e.non_finite ? e.non_finite->step : 0));
    case Verdict::frozen_loss:
      return format("Frozen loss: %.0f %% of the wrong samples give a gradient of exactly 0, because the "
                    "softmax is saturated and this loss clips it. %lld of %lld units are alive, so another "
                    "activation or learning rate cannot help.",
                    100.0 * static_cast<double>(e.wrong_frozen) / static_cast<double>(std::max<int64_t>(1, e.wrong)),
                    static_cast<long long>(f.units - f.dead), static_cast<long long>(f.units));
    case Verdict::born_dead:
    case Verdict::died: {
      const LayerEvidence* l = fatal_layer(e, f);
      const char* onset = v == Verdict::born_dead ? "Born dead" : "Died";
      const std::string where =
          f.cut ? format("all %lld units of layer %s are dead, and the output no longer depends on the input",
                         static_cast<long long>(l->units), l->name.c_str())
                : format("%lld of %lld units of layer %s are dead, and reviving them lets the network learn",
                         static_cast<long long>(l->dead), static_cast<long long>(l->units), l->name.c_str());
      return std::string(onset) + ": " + where +
             format(". In all, %s; %lld of this layer's were so at birth.", dead_text(f).c_str(),
                    static_cast<long long>(l->dead_from_birth));
    }
    case Verdict::vanishing:
      if (signal_vanished(e, f))
        return format("Vanishing: the logits hardly depend on the input (standard deviation %.2g), "
                      "so only the class shares are learnt. ", e.output_deviation) +
               "No layer is dead: " + dead_text(f) + ".";
      return format("Vanishing: the first layer moves by %.2g of its size in a step, the last by %.2g. ",
                    e.update_ratios.front(), e.update_ratios.back()) +
             "No layer is dead: " + dead_text(f) + ".";
    case Verdict::healthy:
      return format("Healthy: the network has learnt %.0f %% of what there is to learn. ", 100 * std::max(0.0, f.explained)) +
             (f.dead ? dead_text(f) + ", which is a note and no fault." : "No unit is dead.");
    case Verdict::unsure:
      break;
  }
  return format("Unsure: the network has learnt %.0f %% of what there is to learn, and no rule decides why. ",
                100 * std::max(0.0, f.explained)) +
         dead_text(f) + ".";
}

}  // namespace

const char* name(Verdict v) {
  switch (v) {
    case Verdict::exploding: return "exploding";
    case Verdict::poisoned: return "poisoned";
    case Verdict::frozen_loss: return "frozen_loss";
    case Verdict::born_dead: return "born_dead";
    case Verdict::died: return "died";
    case Verdict::vanishing: return "vanishing";
    case Verdict::healthy: return "healthy";
    case Verdict::unsure: break;
  }
  return "unsure";
}

bool needs_revival_probe(const Evidence& e) {
  const Facts f = facts_of(e);
  return f.stuck && !f.cut && half_dead(f.worst) && !exploded(f) && !e.non_finite && !e.revival_cures;
}

Diagnosis diagnose(const Evidence& e) {
  const Facts f = facts_of(e);
  Diagnosis d;
  d.explained = f.explained;
  d.stuck = f.stuck;
  if (exploded(f)) d.all.push_back(Verdict::exploding);
  if (e.non_finite && !exploded(f)) d.all.push_back(Verdict::poisoned);
  if (frozen_loss(e)) d.all.push_back(Verdict::frozen_loss);
  if (const LayerEvidence* l = fatal_layer(e, f); l && !e.non_finite) {
    const bool from_birth =
        static_cast<double>(l->dead_from_birth) >= kHalf * static_cast<double>(l->dead);
    d.all.push_back(from_birth ? Verdict::born_dead : Verdict::died);
  }
  if (!e.non_finite && (signal_vanished(e, f) || gradient_vanished(e, f)))
    d.all.push_back(Verdict::vanishing);
  if (d.all.empty())
    d.all.push_back(f.explained >= kClear * kLearnt ? Verdict::healthy : Verdict::unsure);
  d.verdict = d.all.front();
  d.text = text_of(d.verdict, e, f);
  return d;
}

}  // namespace lively
