// The numbers behind each verdict; verdicts.cpp says which are whose.
#include "lively/nn/liveness/deciders.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/verdict_row.h"
#include "lively/nn/liveness/wording.h"
#include "lively/tensor/error.h"

namespace lively::detail::decide {
namespace {

double or_nan(const std::optional<double>& v) { return v.value_or(std::nan("")); }

double last_finite(const std::vector<double>& v) {
  const auto found = std::find_if(v.rbegin(), v.rend(), [](double x) { return std::isfinite(x); });
  return found == v.rend() ? std::nan("") : *found;
}

double least(const std::vector<double>& v) {
  double low = std::nan("");
  for (const double x : v)
    if (std::isfinite(x) && !(low <= x)) low = x;
  return low;
}

// Beside a loss.
std::string entropy(const Evidence& e) {
  return e.label_entropy ? message("entropy of the labels: ", compact(*e.label_entropy)) : "";
}

Decider explained(const Diagnosis& d) {
  return {"what is learnt, of what there is to learn", or_nan(d.explained),
      "healthy: 0.5 or more; stuck: below 0.1"};
}

std::string counts(int64_t part, int64_t whole) {
  return whole > 0 ? message(thousands(part), " of ", thousands(whole)) : "";
}

Decider share_of_units(const Evidence& e) {
  if (!e.layers) return {"share of units dead", std::nan(""), "no census at the end"};
  int64_t dead = 0, units = 0;
  for (const LayerEvidence& l : *e.layers) dead += l.dead, units += l.units;
  return {"share of units dead", share(dead, units),
      message(thousands(dead), " of ", thousands(units)), counts(dead, units)};
}

}  // namespace

std::vector<Decider> growth(const Diagnosis&, const Evidence& e) {
  return {{"last finite loss of a batch", last_finite(e.losses), entropy(e)},
      {"lowest loss of a batch", least(e.losses),
          "exploding: a rise of 100 x, smoothed, at the end"},
      {"last norm of the weights", last_finite(e.weight_norms),
          message("lowest: ", compact(least(e.weight_norms)))}};
}

std::vector<Decider> poison(const Diagnosis&, const Evidence& e) {
  return {{"step of the first value that was not finite",
              e.non_finite ? static_cast<double>(e.non_finite->step) : std::nan(""),
              e.non_finite ? "in " + e.non_finite->where : ""},
      {"last finite loss of a batch", last_finite(e.losses), "no rise before it"},
      share_of_units(e)};
}

std::vector<Decider> wiring(const Diagnosis&, const Evidence& e) {
  const auto loose = [](const MotionEvidence& m) { return !m.wired.value_or(true); };
  const auto first = std::ranges::find_if(e.motion, loose);
  return {{"parameters without a gradient or an optimizer",
              static_cast<double>(std::ranges::count_if(e.motion, loose)),
              first == e.motion.end() ? "wiring: 1 or more"
                                      : "wiring: 1 or more; the first: " + first->name},
      {"largest learning rate", or_nan(e.learning_rate), "wiring: 0"},
      {"are all inputs the same?",
          e.constant_input ? (*e.constant_input ? 1.0 : 0.0) : std::nan(""), "wiring: 1, yes"}};
}

std::vector<Decider> labels(const Diagnosis&, const Evidence& e) {
  const Decider network{"accuracy on samples held out",
      e.held_out ? e.held_out->accuracy : std::nan(""),
      "uninformative: within 3 standard errors of the commonest class"};
  if (!e.neighbours || !e.held_out)
    return {{"entropy of the labels", or_nan(e.label_entropy), "uninformative: below 0.01"},
        {"share of the commonest class", or_nan(e.majority_share), "in the training set"}, network};
  return {network,
      {"accuracy of 10 nearest neighbours on them", e.neighbours->accuracy,
          "uninformative: the same"},
      {"share of the commonest class", e.held_out->majority_share,
          message("of ", thousands(e.held_out->samples), " samples held out")}};
}

std::vector<Decider> frozen_loss(const Diagnosis&, const Evidence& e) {
  const SampleFates fates = e.fates.value_or(SampleFates{});
  return {{"share of wrong samples with a gradient of exactly 0", share(fates.frozen, fates.wrong),
              "frozen: 0.95 or more, over the last 100 steps", counts(fates.frozen, fates.wrong)},
      {"share of samples that are wrong", share(fates.wrong, fates.seen), "asked from 0.05 on",
          counts(fates.wrong, fates.seen)},
      share_of_units(e)};
}

std::vector<Decider> frozen_optimizer(const Diagnosis&, const Evidence& e) {
  int64_t pulled = 0, unmoved = 0, overflowed = 0;
  bool known = true;
  for (const MotionEvidence& m : e.motion) {
    pulled += m.pulled, unmoved += m.unmoved, overflowed += m.non_finite_state.value_or(0);
    known = known && m.non_finite_state;
  }
  return {
      {"share of the parameters with a gradient that did not move by a bit", share(unmoved, pulled),
          message("frozen: 0.95 or more, over ", thousands(e.motion_steps), " steps"),
          counts(unmoved, pulled)},
      {"entries of the optimizer's state that have overflowed",
          known || overflowed > 0 ? static_cast<double>(overflowed) : std::nan(""),
          "above 0: it divides by infinity; 0: the steps are too small to move a weight"},
      {"largest learning rate", or_nan(e.learning_rate), "must be above 0"}};
}

std::vector<Decider> deaths(const Diagnosis& d, const Evidence& e) {
  if (!d.fatal) return learning(d, e);
  const LayerEvidence& l = *d.fatal;
  return {{message("share of ", e.titles.of(l.name), " dead at the end"), share(l.dead, l.units),
              message(thousands(l.dead), " of ", thousands(l.units)), counts(l.dead, l.units)},
      {"of these, share dead from birth",
          l.dead_from_birth ? share(*l.dead_from_birth, l.dead) : std::nan(""),
          "born dead: half or more; died: less",
          l.dead_from_birth ? counts(*l.dead_from_birth, l.dead) : ""},
      explained(d)};
}

std::vector<Decider> vanishing(const Diagnosis&, const Evidence& e) {
  const bool moved = !e.update_ratios.empty();
  return {{"largest standard deviation of a logit", or_nan(e.output_deviation),
              "no signal: below 0.001"},
      {"update over weight, first layer", moved ? e.update_ratios.front() : std::nan(""),
          "no gradient: below 1e-6"},
      {"update over weight, last layer", moved ? e.update_ratios.back() : std::nan(""),
          "and the first below 0.001 of it"}};
}

std::vector<Decider> starved_step(const Diagnosis&, const Evidence& e) {
  const StepEvidence step = e.last_step.value_or(StepEvidence{});
  const double tried = or_nan(e.loss_unscaled ? e.loss_unscaled : e.loss_at_tenfold);
  std::vector<Decider> all{{"usual learning rate", or_nan(e.usual_rate),
      e.nominal_rate ? message("starved: a tenth of ", compact(*e.nominal_rate), " or less") : ""}};
  if (step.kept)
    all[0] = {"of the gradient, what clipping left", *step.kept, "starved: a tenth or less"};
  if (step.gain && step.kept.value_or(1) > 0.5 && *step.gain < 0.5)
    all[0] = {"update over learning rate x gradient", *step.gain, "starved: below 0.3"};
  all.push_back({"loss at the end of the run", or_nan(e.late_loss), "mean of its last steps"});
  all.push_back({e.loss_unscaled ? "after going on with steps that nothing scales down"
                                 : "after going on at ten times the learning rate",
      tried, "starved: half or less"});
  return all;
}

std::vector<Decider> over_regularised(const Diagnosis&, const Evidence& e) {
  return {{"last norm of the weights", last_finite(e.weight_norms),
              e.weight_norms.empty()
                  ? ""
                  : message("over-regularised: half or less of ", compact(e.weight_norms.front()))},
      {"loss at the end, in evaluation", or_nan(e.loss),
          e.late_loss ? message("in training: ", compact(*e.late_loss)) : ""},
      {"after going on without decay and dropout", or_nan(e.loss_freed),
          "over-regularised: 0.7 of it or less"}};
}

std::vector<Decider> lower_rate(const Diagnosis&, const Evidence& e) {
  return {{"loss at the end of the run", or_nan(e.late_loss), "mean of its last steps"},
      {"after going on at a tenth of the learning rate", or_nan(e.loss_at_tenth),
          "oscillating: lower by a fifth or more"},
      {"after going on at the same", or_nan(e.loss_at_rate), "and here it is not"}};
}

std::vector<Decider> higher_rate(const Diagnosis& d, const Evidence& e) {
  if (!e.loss_at_tenfold)
    return {{"steps", static_cast<double>(e.losses.size()), "few: below 60"},
        {"after going on at the same learning rate", or_nan(e.loss_at_rate),
            message("loss at the end of the run: ", compact(or_nan(e.late_loss)))},
        explained(d)};
  return {{"loss at the end of the run", or_nan(e.late_loss), "mean of its last steps"},
      {"after going on at ten times the learning rate", or_nan(e.loss_at_tenfold),
          "slow: half or less"},
      explained(d)};
}

std::vector<Decider> learning(const Diagnosis& d, const Evidence& e) {
  return {explained(d), {"loss at the end", or_nan(e.loss), entropy(e)}, share_of_units(e)};
}

}  // namespace lively::detail::decide

namespace lively {

std::vector<Decider> deciders(const Diagnosis& d, const Evidence& e) {
  return detail::row(d.verdict).decide(d, e);
}

}  // namespace lively
