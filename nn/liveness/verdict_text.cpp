#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "lively/nn/liveness/facts.h"

namespace lively {

const char* name(Verdict v) {
  switch (v) {
    case Verdict::exploding:
      return "exploding";
    case Verdict::poisoned:
      return "poisoned";
    case Verdict::wiring:
      return "wiring";
    case Verdict::uninformative_labels:
      return "uninformative_labels";
    case Verdict::frozen_loss:
      return "frozen_loss";
    case Verdict::frozen_optimizer:
      return "frozen_optimizer";
    case Verdict::born_dead:
      return "born_dead";
    case Verdict::died:
      return "died";
    case Verdict::vanishing:
      return "vanishing";
    case Verdict::oscillating:
      return "oscillating";
    case Verdict::slow:
      return "slow";
    case Verdict::healthy:
      return "healthy";
    case Verdict::unsure:
      break;
  }
  return "unsure";
}

namespace detail {
namespace {

std::string format(const char* pattern, auto... values) {
  char text[320];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

using Long = long long;

double percent(int64_t part, int64_t of) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<int64_t>(1, of));
}

std::string dead_text(const Facts& f) {
  if (f.units == 0) return "no units were counted";
  return format(
      "%lld of %lld units are dead", static_cast<Long>(f.dead), static_cast<Long>(f.units));
}

std::string loss_text(double loss) {
  return std::isfinite(loss) ? format("%.3g", loss) : "no number any more";
}

std::string exploding(const Evidence& e, const Facts& f) {
  std::string end;
  if (e.non_finite)
    end = format(" until %s was no longer finite at step %lld", e.non_finite->where.c_str(),
        static_cast<Long>(e.non_finite->step));
  const bool by_loss =
      f.last_over_first > kBlownLoss || f.loss_rise >= kExplosion || f.norm_rise < kExplosion;
  return (by_loss ? format("Exploding: the loss rose %.3g-fold",
                        std::max(f.loss_rise, f.last_over_first))
                  : format("Exploding: the weights grew %.3g-fold", f.norm_rise)) +
         end + ". The steps are too large for these weights; dead units are not the cause.";
}

std::string wiring(const Evidence& e, const Facts& f) {
  if (e.constant_input)
    return "Wiring: all samples have the same input, so nothing but the shares of the classes can "
           "be learnt. "
           "Look at what reads the data, not at the network.";
  if (!f.unwired.empty())
    return format(
        "Wiring: %zu parameters, %s the first, get no gradient or are in no optimizer, so they "
        "stay as drawn.",
        f.unwired.size(), f.unwired.front().c_str());
  return "Wiring: the learning rate is 0, so nothing can move.";
}

std::string uninformative(const Evidence& e) {
  if (e.label_entropy < kConstant)
    return "Uninformative labels: nearly all samples have the same label, so there is nothing to "
           "learn.";
  return format(
             "Uninformative labels: on samples held out, the network is right in %.1f %% and 10 "
             "nearest neighbours in %.1f %%; "
             "the commonest class alone gives %.1f %%. ",
             100 * e.held_out.accuracy, 100 * e.neighbours->accuracy,
             100 * e.held_out.majority_share) +
         "Gradients flow: it is the labels that do not depend on the input.";
}

std::string frozen_optimizer(const Evidence& e, const Facts& f) {
  std::string text = format(
      "Frozen optimizer: %.1f %% of the parameters that have a gradient did not change by a bit in "
      "%lld steps, ",
      percent(f.unmoved, f.pulled), static_cast<Long>(e.motion_steps));
  text += f.infinite_state > 0
              ? format(
                    "because %lld entries of the optimizer's state have overflowed: it divides by "
                    "infinity. ",
                    static_cast<Long>(f.infinite_state))
              : "because the step is smaller than half a unit in the last place of the weight. ";
  const auto share = [](const LayerMotion& l) { return percent(l.unmoved, l.pulled); };
  const auto [least, most] = std::ranges::minmax_element(f.motion, {}, share);
  if (f.motion.size() > 1)
    text += format("By layer it is %.1f (%s) to %.1f %% (%s). ", share(*least), least->name.c_str(),
        share(*most), most->name.c_str());
  std::string dead = dead_text(f);
  dead[0] = static_cast<char>(std::toupper(dead[0]));
  return text + dead + ".";
}

std::string dead_where(const Facts& f) {
  const LayerEvidence* l = f.fatal;
  return f.cut ? format(
                     "all %lld units of layer %s are dead, and the output no longer depends on the "
                     "input",
                     static_cast<Long>(l->units), l->name.c_str())
               : format(
                     "%lld of %lld units of layer %s are dead, and reviving them lets the network "
                     "learn",
                     static_cast<Long>(l->dead), static_cast<Long>(l->units), l->name.c_str());
}

std::string death(Verdict v, const Facts& f) {
  return std::string(v == Verdict::born_dead ? "Born dead" : "Died") + ": " + dead_where(f) +
         format(". In all, %s; %lld of this layer's were so at birth.", dead_text(f).c_str(),
             static_cast<Long>(f.fatal->dead_from_birth));
}

std::string vanishing(const Evidence& e, const Facts& f) {
  return (f.signal_vanished ? format("Vanishing: the logits hardly depend on the input (standard "
                                     "deviation %.2g), "
                                     "so only the class shares are learnt. ",
                                  e.output_deviation)
                            : format("Vanishing: the first layer moves by %.2g of its size in a "
                                     "step, the last by %.2g. ",
                                  e.update_ratios.front(), e.update_ratios.back())) +
         "No layer is dead: " + dead_text(f) + ".";
}

}  // namespace

std::string verdict_text(Verdict v, const Evidence& e, const Facts& f) {
  const double learnt = 100 * std::max(0.0, f.explained);
  switch (v) {
    case Verdict::exploding:
      return exploding(e, f);
    case Verdict::poisoned:
      return format(
          "Poisoned: %s was not finite at step %lld, without a rise of the loss before it. "
          "A NaN is not a dead unit: every unit that it reaches is lost, whatever its weights.",
          e.non_finite ? e.non_finite->where.c_str() : "the loss",
          static_cast<Long>(e.non_finite ? e.non_finite->step : 0));
    case Verdict::wiring:
      return wiring(e, f);
    case Verdict::uninformative_labels:
      return uninformative(e);
    case Verdict::frozen_loss:
      return format(
          "Frozen loss: %.0f %% of the wrong samples give a gradient of exactly 0, because the "
          "softmax is saturated and this loss clips it. %lld of %lld units are alive, so another "
          "activation or learning rate cannot help.",
          percent(e.wrong_frozen, e.wrong), static_cast<Long>(f.units - f.dead),
          static_cast<Long>(f.units));
    case Verdict::frozen_optimizer:
      return frozen_optimizer(e, f);
    case Verdict::born_dead:
    case Verdict::died:
      return death(v, f);
    case Verdict::vanishing:
      return vanishing(e, f);
    case Verdict::oscillating:
      return format(
          "Oscillating: the loss jumps around %.3g and does not come down. Going on at a tenth of "
          "the learning rate "
          "brought a copy to %s, at the same rate to %s: the steps overshoot.",
          e.late_loss, loss_text(*e.loss_at_tenth).c_str(), loss_text(*e.loss_at_rate).c_str());
    case Verdict::slow:
      return format(
          "Slow: the loss falls, to %.3g so far, with %.0f %% learnt of what there is to learn. "
          "Going on at ten times the "
          "learning rate brought a copy to %s.",
          e.late_loss, learnt, loss_text(*e.loss_at_tenfold).c_str());
    case Verdict::healthy:
      return format("Healthy: the network has learnt %.0f %% of what there is to learn. ", learnt) +
             (f.dead ? dead_text(f) + ", which is a note and no fault." : "No unit is dead.");
    case Verdict::unsure:
      break;
  }
  if (f.fatal && !e.birth_known)
    return "Dead, onset unknown: " + dead_where(f) + ". In all, " + dead_text(f) +
           "; no census saw whether they were born so.";
  std::string text = format(
      "Unsure: the network has learnt %.0f %% of what there is to learn, and no rule decides why. ",
      learnt);
  if (e.loss_at_rate && e.loss_at_tenth)
    text += format(
        "Copies that went on from a loss of %.3g came to %s at the same learning rate and to %s at "
        "a tenth. ",
        e.late_loss, loss_text(*e.loss_at_rate).c_str(), loss_text(*e.loss_at_tenth).c_str());
  if (e.loss_at_tenfold)
    text += format("At ten times the learning rate, a copy came to %s. ",
        loss_text(*e.loss_at_tenfold).c_str());
  std::string dead = dead_text(f);
  dead[0] = static_cast<char>(std::toupper(dead[0]));
  return text + dead + ".";
}

}  // namespace detail
}  // namespace lively
