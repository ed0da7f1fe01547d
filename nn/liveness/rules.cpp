#include "lively/nn/liveness/rules.h"

#include <algorithm>
#include <cmath>

namespace lively::detail {
namespace {

constexpr double kFrozenError = 0.05;  // share of wrong samples from which frozen_loss is asked
constexpr double kFrozenShare = 0.95;  // of wrong samples without a gradient, of parameters unmoved
constexpr double kFrozenHurt = 0.25;   // of wrong samples without a gradient, in one that is hurt
constexpr double kNoUpdate = 1e-6;     // rms update over rms weight of the first layer,
constexpr double kFadedUpdate = 1e-3;  // and the first layer's over the last's
constexpr double kChance = 3;          // standard errors above the majority share
constexpr double kSaturated = 0.25;    // share of (unit, sample) pairs
constexpr int64_t kFirstSteps = 3;     // a value that is not finite by then has no rise before it
constexpr double kLeap = 10;           // update over weight in one step

// Nothing in the inputs and no single sample is to blame.
bool overflowed_early(const Evidence& e) {
  if (!e.non_finite || e.non_finite->step > kFirstSteps || e.non_finite->sample >= 0) return false;
  const std::vector<double>& losses = e.losses;
  const bool huge = !losses.empty() && losses.front() > kBlownLoss * e.label_entropy.value_or(1);
  const bool leapt = std::ranges::any_of(e.first_ratios, [](double r) { return !(r < kLeap); });
  const bool from_birth =
      e.birth_loss && !std::isfinite(*e.birth_loss) && !e.non_finite->op.empty();
  return huge || leapt || from_birth;
}

// Weights too large from the first.
bool large_at_birth(const Evidence& e) {
  return !e.losses.empty() && e.label_entropy &&
         e.losses.front() > kClear * kBlownLoss * std::max(1.0, *e.label_entropy);
}

}  // namespace

bool hardly_moves(int64_t unmoved, int64_t pulled) {
  return pulled > 0 && static_cast<double>(unmoved) >= kFrozenShare * static_cast<double>(pulled);
}

// From weights that carry no signal, any that learns grows.
bool grown(const Evidence& e, const Facts& f) {
  return f.norm_rise >= kClear * kExplosion && !f.fatal &&
         e.birth_deviation.value_or(1) >= kClear * kNoSignal;
}

bool swollen(const Evidence& e, const Facts& f) {
  return f.hurt && large_at_birth(e) && !frozen_optimizer(e, f) && !(e.birth_saturated > kBent);
}

// What drowns in a regulariser's noise explodes because of it.
bool exploded(const Evidence& e, const Facts& f) {
  if (f.drowned && f.hurt) return false;
  return f.loss_rise >= kClear * kExplosion || grown(e, f) ||
         (swollen(e, f) && !all_tiny(e.update_ratios)) || f.last_over_first > kClear * kBlownLoss ||
         overflowed_early(e);
}

bool miswired(const Evidence& e, const Facts& f) {
  return e.constant_input.value_or(false) || !f.unwired.empty() || e.learning_rate == 0.0 ||
         e.softmax_twice.value_or(false) || (f.hurt && !misfit(e).empty());
}

// A network that is hurt need not be frozen to a standstill: from logits, no wrong sample is.
bool frozen_loss(const Evidence& e, const Facts& f) {
  const double enough = f.hurt ? kClear * kFrozenHurt : kFrozenShare;
  return e.fates && e.fates->seen > 0 &&
         static_cast<double>(e.fates->wrong) >= kFrozenError * static_cast<double>(e.fates->seen) &&
         static_cast<double>(e.fates->frozen) >= enough * static_cast<double>(e.fates->wrong);
}

// A schedule that ends near 0 does the same to a network that has learnt, which is no fault; where
// the last layer still moves with a state that is finite, it is the gradient that has vanished on
// its way down, not the optimizer that is frozen; and where larger steps help a copy, the steps are
// too small, unless the weights were too large from the first.
bool frozen_optimizer(const Evidence& e, const Facts& f) {
  if (!f.measured || f.explained >= kLearnt || !(e.learning_rate > 0.0) ||
      e.motion_steps < kFrozenSteps || !hardly_moves(f.unmoved, f.pulled))
    return false;
  if (f.infinite_state > 0) return true;
  return hardly_moves(f.motion.back().unmoved, f.motion.back().pulled) &&
         (large_at_birth(e) || helpful_factor(e, f) == 0) && !starved_step(e, f);
}

bool gradients_stop(const Evidence& e, const Facts& f) {
  const auto stands = [](const std::vector<double>& ratios) {
    return ratios.empty() || !(ratios.front() >= kNoUpdate);
  };
  return f.cut || frozen_loss(e, f) || frozen_optimizer(e, f) ||
         (!e.update_ratios.empty() && stands(e.update_ratios) && stands(e.first_ratios));
}

bool gradients_flow(const Evidence& e, const Facts& f) {
  return !gradients_stop(e, f) && f.cut_known && e.fates && !e.update_ratios.empty();
}

// The band of 20 % is taken of the standard errors: of the accuracy itself it would hold all of
// chance.
bool at_chance(const std::optional<HeldOut>& h) {
  if (!h || h->samples < kHeldOut) return false;
  const double error =
      std::sqrt(h->majority_share * (1 - h->majority_share) / static_cast<double>(h->samples));
  return h->accuracy <= h->majority_share + kChance / kClear * error;
}

bool constant_labels(const Evidence& e) {
  return e.label_entropy && kClear * *e.label_entropy < kConstant;
}

bool uninformative(const Evidence& e, const Facts& f) {
  if (constant_labels(e)) return true;
  return gradients_flow(e, f) && at_chance(e.held_out) && at_chance(e.neighbours);
}

bool gradient_vanished(const Evidence& e, const Facts& f) {
  if (!f.stuck || f.cut || !f.cut_known || e.update_ratios.size() < 2) return false;
  const double first = e.update_ratios.front(), last = e.update_ratios.back();
  if (last < kNoUpdate) return false;  // all of them: it is the step that is small
  return kClear * first < kNoUpdate && kClear * first < kFadedUpdate * last;
}

// What steps saturated is their fault, not that of the weights as drawn.
bool saturated(const Evidence& e, const Facts& f) {
  return f.hurt && e.saturated >= kClear * kSaturated &&
         e.birth_saturated.value_or(1) >= kSaturated;
}

bool faint_at_birth(const Evidence& e, const Facts& f, double most) {
  if (!e.birth_deviation || !(f.far || (f.lagging && e.first_deviation))) return false;
  return kClear * std::max(*e.birth_deviation, e.first_deviation.value_or(0)) < most;
}

// What steps or decay undid had not vanished by itself.
bool vanished(const Evidence& e, const Facts& f) {
  if (f.shrunk || f.noisy || overshot(f)) return false;
  const bool faint =
      faint_at_birth(e, f, kNoSignal) && !starved_step(e, f) && !over_regularised(e, f);
  return f.signal_vanished || faint || gradient_vanished(e, f) || saturated(e, f);
}

}  // namespace lively::detail
