#include "apps/lab/tell/deciders.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

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

std::vector<Decider> wiring(const Evidence& e) {
  const auto loose = [](const MotionEvidence& m) { return !m.wired; };
  const auto first = std::ranges::find_if(e.motion, loose);
  return {{"parameters without a gradient or an optimizer",
              static_cast<double>(std::ranges::count_if(e.motion, loose)),
              first == e.motion.end() ? "wiring: 1 or more"
                                      : "wiring: 1 or more; the first: " + first->name},
      {"largest learning rate", e.learning_rate, "wiring: 0"},
      {"are all inputs the same?", e.constant_input ? 1.0 : 0.0, "wiring: 1, yes"}};
}

std::vector<Decider> labels(const Evidence& e) {
  const HeldOut near = e.neighbours.value_or(HeldOut{0, std::nan(""), std::nan("")});
  const Decider network{"accuracy on samples held out", e.held_out.accuracy,
      "uninformative: within 3 standard errors of the commonest class"};
  const Decider nearest{
      "accuracy of 10 nearest neighbours on them", near.accuracy, "uninformative: the same"};
  if (!e.neighbours)
    return {{"entropy of the labels", e.label_entropy, "uninformative: below 0.01"},
        {"share of the commonest class", e.majority_share, "in the training set"}, network};
  return {network, nearest,
      {"share of the commonest class", e.held_out.majority_share,
          message("of ", thousands(e.held_out.samples), " samples held out")}};
}

std::vector<Decider> frozen_optimizer(const Evidence& e) {
  int64_t pulled = 0, unmoved = 0, overflowed = 0;
  for (const MotionEvidence& m : e.motion)
    pulled += m.pulled, unmoved += m.unmoved, overflowed += m.non_finite_state;
  return {
      {"share of the parameters with a gradient that did not move by a bit", share(unmoved, pulled),
          message("frozen: 0.95 or more, over ", thousands(e.motion_steps), " steps")},
      {"entries of the optimizer's state that have overflowed", static_cast<double>(overflowed),
          "above 0: it divides by infinity; 0: the steps are too small to move a weight"},
      {"largest learning rate", e.learning_rate, "must be above 0"}};
}

}  // namespace

std::vector<Decider> deciders(const Diagnosis& d, const Evidence& e) {
  int64_t dead = 0, units = 0;
  for (const LayerEvidence& l : e.layers) dead += l.dead, units += l.units;
  const Decider explained{"what is learnt, of what there is to learn", d.explained,
      "healthy: 0.5 or more; stuck: below 0.1"};
  const Decider loss{
      "loss at the end", e.loss, message("entropy of the labels: ", compact(e.label_entropy))};
  const Decider of_units{"share of units dead", share(dead, units),
      message(thousands(dead), " of ", thousands(units))};
  const double last = last_finite(e.losses);
  switch (d.verdict) {
    case Verdict::exploding:
      return {{"last finite loss of a batch", last,
                  message("entropy of the labels: ", compact(e.label_entropy))},
          {"lowest loss of a batch", least(e.losses),
              "exploding: a rise of 100 x, smoothed, at the end"},
          {"last norm of the weights", last_finite(e.weight_norms),
              message("lowest: ", compact(least(e.weight_norms)))}};
    case Verdict::poisoned:
      return {{"step of the first value that was not finite",
                  e.non_finite ? static_cast<double>(e.non_finite->step) : std::nan(""),
                  e.non_finite ? "in " + e.non_finite->where : ""},
          {"last finite loss of a batch", last, "no rise before it"}, of_units};
    case Verdict::frozen_loss:
      return {{"share of wrong samples with a gradient of exactly 0",
                  share(e.wrong_frozen, e.wrong), "frozen: 0.95 or more, over the last 100 steps"},
          {"share of samples that are wrong", share(e.wrong, e.samples_seen), "asked from 0.05 on"},
          of_units};
    case Verdict::wiring:
      return wiring(e);
    case Verdict::uninformative_labels:
      return labels(e);
    case Verdict::frozen_optimizer:
      return frozen_optimizer(e);
    case Verdict::born_dead:
    case Verdict::died:
      if (!d.fatal) break;
      return {{message("share of layer ", d.fatal->name, " dead at the end"),
                  share(d.fatal->dead, d.fatal->units),
                  message(thousands(d.fatal->dead), " of ", thousands(d.fatal->units))},
          {"of these, share dead from birth", share(d.fatal->dead_from_birth, d.fatal->dead),
              "born dead: half or more; died: less"},
          explained};
    case Verdict::oscillating:
      return {{"loss at the end of the run", e.late_loss, "mean of its last steps"},
          {"after going on at a tenth of the learning rate", e.loss_at_tenth.value_or(std::nan("")),
              "oscillating: lower by a fifth or more"},
          {"after going on at the same", e.loss_at_rate.value_or(std::nan("")),
              "and here it is not"}};
    case Verdict::slow:
      return {{"loss at the end of the run", e.late_loss, "mean of its last steps"},
          {"after going on at ten times the learning rate",
              e.loss_at_tenfold.value_or(std::nan("")), "slow: half or less"},
          explained};
    case Verdict::vanishing:
      return {
          {"largest standard deviation of a logit", e.output_deviation, "no signal: below 0.001"},
          {"update over weight, first layer",
              e.update_ratios.empty() ? std::nan("") : e.update_ratios.front(),
              "no gradient: below 1e-6"},
          {"update over weight, last layer",
              e.update_ratios.empty() ? std::nan("") : e.update_ratios.back(),
              "and the first below 0.001 of it"}};
    default:
      break;
  }
  return {explained, loss, of_units};
}

}  // namespace lively::lab
