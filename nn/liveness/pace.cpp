// Rules about the size of the steps.
#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/probes.h"
#include "lively/nn/liveness/rules.h"
#include "lively/nn/liveness/trend.h"

namespace lively {
namespace detail {
namespace {

constexpr double kScaledDown = 0.1;    // usual rate over nominal; gradient clipped over unclipped
constexpr double kWeakStep = 0.3;      // update over learning rate x gradient,
constexpr double kSmallStep = 0.03;    // and over the learning rate: an eps that outweighs them
constexpr double kTinyUpdate = 1e-5;   // rms update over rms weight of every layer
constexpr double kRounding = 1e-6;     // update over weight
constexpr double kHalved = 0.5;        // the loss of a copy, over that of the run
constexpr double kCut = 0.2;           // of the loss, by another rate than the run's
constexpr double kLowLoss = 0.8;       // over H: below it, something is learnt
constexpr double kFreed = 0.7;         // loss without regularisers over that with them
constexpr double kDecayShare = 0.4;    // of what pulls at weights
constexpr double kUnsteady = 1.5;      // last loss over its minimum, both smoothed
constexpr double kSettled = 0.8;       // P from which a rise of the loss is noise
constexpr std::size_t kFewSteps = 60;  // that most recipes need to begin with
constexpr double kWorsens = 1.25;      // loss after going on as before, over that of the run
constexpr double kAbove = 0.1;         // of H, by which a loss exceeds it
constexpr double kClosed = 0.3;        // of that excess, what is left of it
constexpr double kSeesaw = -0.3;       // autocorrelation of the changes of the loss
constexpr double kHugeLoss = 1e9;      // over H, of the first step

double ratio(const std::optional<double>& part, const std::optional<double>& whole) {
  return part && whole && *whole > 0 ? *part / *whole : 1;
}

bool small(double share) { return kClear * share < kScaledDown; }

// Does a copy that went on otherwise learn what the run does not, nor would by itself?
bool helps(const std::optional<double>& loss, const Evidence& e) {
  if (!loss || !e.late_loss || !(*loss > 0)) return false;
  if (e.loss_at_rate && !(kClear * *loss <= (1 - kCut) * *e.loss_at_rate)) return false;
  return kClear * *loss <= kHalved * *e.late_loss;
}

// The same, where what is in the way was taken away: then less is telling.
bool frees(const std::optional<double>& loss, const Evidence& e) {
  return loss && e.late_loss && *loss > 0 &&
         kClear * *loss <=
             (1 - kCut) * std::min(*e.late_loss, e.loss_at_rate.value_or(*e.late_loss));
}

// Steps so small that float32 rounds them off say nothing of what was to be made.
bool below_rounding(const std::vector<double>& ratios) {
  return !ratios.empty() && std::ranges::max(ratios) < kRounding;
}

// Weights so large that no pace is at fault.
bool huge_at_birth(const Evidence& e) {
  return !e.losses.empty() && e.losses.front() > kHugeLoss * e.label_entropy.value_or(1);
}

}  // namespace

bool all_tiny(const std::vector<double>& ratios) {
  return !ratios.empty() &&
         std::ranges::all_of(ratios, [](double r) { return kClear * r < kTinyUpdate; });
}

bool held_back(const Evidence& e) {
  if (held_by_rate(e)) return true;
  if (!e.last_step) return false;
  if (small(e.last_step->kept.value_or(1))) return true;
  return !below_rounding(e.update_ratios) && e.last_step->gain && e.last_step->size &&
         kClear * *e.last_step->gain < kWeakStep && kClear * *e.last_step->size < kSmallStep;
}

double helpful_factor(const Evidence& e, const Facts& f) {
  if (!f.hurt) return 0;
  if (helps(e.loss_at_tenfold, e)) return 10;
  if (helps(e.loss_at_hundredfold, e)) return 100;
  if (helps(e.loss_at_thousandfold, e)) return 1000;
  return helps(e.loss_at_raise, e) ? e.raise.value_or(0) : 0;
}

bool starved_step(const Evidence& e, const Facts& f) {
  if (!f.hurt || huge_at_birth(e)) return false;
  if (frees(e.loss_unscaled, e)) return true;
  if (!held_back(e)) return false;
  if (helpful_factor(e, f) > 0) return true;
  return !e.loss_unscaled && !e.loss_at_tenfold && f.stuck && !overshot(f) &&
         all_tiny(e.update_ratios);
}

bool over_regularised(const Evidence& e, const Facts& f) {
  if (!f.hurt) return false;
  if (f.shrunk || f.drowned || (f.noisy && f.finite)) return true;
  if (!f.finite) return false;
  if (e.loss_freed && e.loss)
    return kClear * *e.loss_freed <=
               kFreed * std::min(*e.loss * std::min(1.0, ratio(e.loss_at_rate, e.late_loss)),
                            e.loss_at_rate.value_or(*e.loss)) &&
           *e.loss_freed < kLowLoss * e.label_entropy.value_or(*e.loss);
  return e.last_step && e.last_step->decay >= kClear * kDecayShare;
}

bool seesaws(const Evidence& e) { return change_autocorrelation(e.losses) < kClear * kSeesaw; }

bool unsteady(const Evidence& e, const Facts& f) {
  return (f.hurt || (f.loss_rise >= kClear * kUnsteady && f.explained < kSettled)) &&
         (seesaws(e) || f.stuck);
}

bool overshot(const Facts& f) { return f.finite && !f.fatal && (f.lost || f.worse || f.undone); }

bool worsens(const Evidence& e, const Facts& f) {
  return f.hurt && e.late_loss && e.loss_at_rate && *e.loss_at_rate > kWorsens * *e.late_loss;
}

// A loss above that of guessing, which smaller steps take away and going on does not.
bool settles(const Evidence& e, const Facts& f) {
  if (!f.stuck || !e.label_entropy || !e.late_loss || !e.loss_at_rate || !e.loss_at_tenth)
    return false;
  const double h = *e.label_entropy, gap = *e.late_loss - h;
  return gap > kAbove * h &&
         *e.loss_at_tenth - h<kClosed * gap&& * e.loss_at_rate - h>(1 - kClosed) * gap;
}

bool oscillating(const Evidence& e, const Facts& f) {
  if (overshot(f) || worsens(e, f) || settles(e, f)) return true;
  return unsteady(e, f) && e.late_loss && e.loss_at_rate && e.loss_at_tenth &&
         *e.loss_at_tenth <= (1 - kClear * kCut) * *e.late_loss &&
         *e.loss_at_rate > (1 - kCut / kClear) * *e.late_loss;
}

bool slow(const Evidence& e, const Facts& f) {
  return f.hurt && !held_back(e) && !starved_step(e, f) && !huge_at_birth(e) &&
         helpful_factor(e, f) > 0;
}

bool still_learns(const Evidence& e) {
  return e.late_loss && e.loss_at_rate && kClear * *e.loss_at_rate <= *e.late_loss;
}

bool hurried(const Evidence& e, const Facts& f) {
  return f.hurt && e.late_loss && e.loss_at_rate && e.losses.size() < kFewSteps &&
         kClear * std::min(*e.late_loss, *e.loss_at_rate) < e.losses.front();
}

}  // namespace detail

bool held_by_rate(const Evidence& e) {
  return e.usual_rate && e.nominal_rate &&
         detail::kClear * *e.usual_rate < detail::kScaledDown * *e.nominal_rate;
}

}  // namespace lively
