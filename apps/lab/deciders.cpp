#include "apps/lab/deciders.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

double share(int64_t part, int64_t whole) { return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0; }

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

}  // namespace

std::vector<Decider> deciders(const Diagnosis& d, const Evidence& e) {
  const LayerEvidence* worst = nullptr;
  int64_t dead = 0, units = 0;
  for (const LayerEvidence& l : e.layers) {
    if (!worst || share(l.dead, l.units) > share(worst->dead, worst->units)) worst = &l;
    dead += l.dead, units += l.units;
  }
  const Decider explained{"what is learnt, of what there is to learn", d.explained, "healthy: 0.5 or more; stuck: below 0.1"};
  const Decider loss{"loss at the end", e.loss, message("entropy of the labels: ", compact(e.label_entropy))};
  const Decider of_units{"share of units dead", share(dead, units), message(thousands(dead), " of ", thousands(units))};
  const double last = last_finite(e.losses);
  switch (d.verdict) {
    case Verdict::exploding:
      return {{"last finite loss of a batch", last, message("entropy of the labels: ", compact(e.label_entropy))},
              {"lowest loss of a batch", least(e.losses), "exploding: a rise of 100 x, smoothed, at the end"},
              {"last norm of the weights", last_finite(e.weight_norms), message("lowest: ", compact(least(e.weight_norms)))}};
    case Verdict::poisoned:
      return {{"step of the first value that was not finite", e.non_finite ? static_cast<double>(e.non_finite->step) : std::nan(""),
               e.non_finite ? "in " + e.non_finite->where : ""},
              {"last finite loss of a batch", last, "no rise before it"}, of_units};
    case Verdict::frozen_loss:
      return {{"share of wrong samples with a gradient of exactly 0", share(e.wrong_frozen, e.wrong), "frozen: 0.95 or more, over the last 100 steps"},
              {"share of samples that are wrong", share(e.wrong, e.samples_seen), "asked from 0.05 on"}, of_units};
    case Verdict::born_dead:
    case Verdict::died:
      if (!worst) break;
      return {{message("share of layer ", worst->name, " dead at the end"), share(worst->dead, worst->units),
               message(thousands(worst->dead), " of ", thousands(worst->units))},
              {"of these, share dead from birth", share(worst->dead_from_birth, worst->dead), "born dead: half or more; died: less"}, explained};
    case Verdict::vanishing:
      return {{"largest standard deviation of a logit", e.output_deviation, "no signal: below 0.001"},
              {"update over weight, first layer", e.update_ratios.empty() ? std::nan("") : e.update_ratios.front(), "no gradient: below 1e-6"},
              {"update over weight, last layer", e.update_ratios.empty() ? std::nan("") : e.update_ratios.back(), "and the first below 0.001 of it"}};
    default: break;
  }
  return {explained, loss, of_units};
}

}  // namespace lively::lab
