// How the sentences of each verdict are made; verdicts.cpp says which is whose.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "lively/nn/liveness/clauses.h"
#include "lively/nn/liveness/rules.h"
#include "lively/nn/liveness/verdict_row.h"
#include "lively/nn/liveness/wording.h"

namespace lively::detail {
namespace {

using Long = long long;

double percent(int64_t part, int64_t of) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<int64_t>(1, of));
}

std::string as_sentence(std::string text) {
  text[0] = static_cast<char>(std::toupper(text[0]));
  return text + ".";
}

// What was measured of a network that learns.
std::string level_text(const Evidence& e, const Facts& f) {
  std::string text;
  if (e.held_out) {
    text = print("%.1f %% of %s samples held out are right", 100 * e.held_out->accuracy,
        thousands(e.held_out->samples).c_str());
    if (e.neighbours)
      text += print(" (10 nearest neighbours: %.1f %%)", 100 * e.neighbours->accuracy);
  } else if (e.accuracy) {
    text = print("%.1f %% of the samples are right", 100 * *e.accuracy);
  }
  if (e.loss && e.label_entropy)
    text += (text.empty() ? "" : ", and ") +
            print("the loss is %.3g (%.3g without learning)", *e.loss, *e.label_entropy);
  return text.empty() ? learnt_text(f) : text;
}

std::string misfit_text(const Evidence& e) {
  const std::string what = misfit(e);
  return what.empty() ? "" : " Look at the data too: " + what + ".";
}

std::string dead_where(const Evidence& e, const Facts& f) {
  const LayerEvidence* l = f.fatal;
  const std::string layer = e.titles.of(l->name);
  return f.cut ? print(
                     "all %lld units of %s are dead, and the output no longer depends on the "
                     "input",
                     static_cast<Long>(l->units), layer.c_str())
               : print(
                     "%lld of %lld units of %s are dead, and reviving them lets the network "
                     "learn",
                     static_cast<Long>(l->dead), static_cast<Long>(l->units), layer.c_str());
}

std::string death(const char* how, const Evidence& e, const Facts& f) {
  return std::string(how) + ": " + dead_where(e, f) +
         print(". In all, %s; %lld of this layer's were so at birth.", dead_text(f).c_str(),
             static_cast<Long>(f.fatal->dead_from_birth.value_or(0))) +
         jump_text(f);
}

// What the rules would have liked to see. After a value that is not finite there is no more.
std::string not_looked_at(Verdict v, const Evidence& e, const Facts& f) {
  if (!f.finite) return "";
  std::string list;
  const auto miss = [&](bool missing, const char* what) {
    if (missing) list += (list.empty() ? "" : ", ") + std::string(what);
  };
  miss(!e.label_entropy || !e.majority_share, "the shares of the labels");
  miss(!e.loss, "the loss at the end");
  miss(!e.accuracy, "the accuracy at the end");
  miss(!e.output_deviation, "how much the logits depend on the input");
  miss(!e.layers, "which units are dead");
  miss(e.layers && !f.cut && !f.cut_known, "whether a shortcut leads around a dead layer");
  miss(v == Verdict::unsure && f.stuck && f.cut_known && !f.cut && half_dead(f.worst) &&
           !e.revival_cures,
      "whether reviving the dead units lets the network learn");
  miss(e.losses.empty(), "the losses of the steps");
  miss(!e.fates, "the logits' gradient");
  // A network whose weights are all 0 has no ratios.
  miss(e.weight_norms.empty() && e.update_ratios.empty(), "the size of weights and updates");
  miss(!e.constant_input, "whether the inputs differ");
  miss(!e.learning_rate, "the learning rate");
  miss(!f.wiring_known && f.unwired.empty(), "whether every parameter is in an optimizer");
  return list.empty() ? "" : " Not looked at: " + list + ".";
}

}  // namespace

namespace tell {

std::string exploding(const Evidence& e, const Facts& f) {
  std::string end;
  if (e.non_finite)
    end = print(" until %s was no longer finite at step %lld", e.non_finite->where.c_str(),
        static_cast<Long>(e.non_finite->step));
  const bool rose = f.last_over_first > kBlownLoss || f.loss_rise >= kExplosion;
  if (!rose && !grown(e, f) && !e.non_finite)
    return print(
               "Exploding: the signal is too large from birth. The loss of the first step was "
               "%.3g, %.3g times that of guessing: weights or shortcuts multiply it from layer to "
               "layer, and steps have to undo that first.",
               e.losses.front(), e.losses.front() / e.label_entropy.value_or(1)) +
           misfit_text(e);
  if (!rose && !grown(e, f))
    return "Exploding: the loss was " + loss_text(e.losses.empty() ? NAN : e.losses.front()) +
           " in the first step" + end +
           ". Weights or steps are too large from the start; dead units are not the cause." +
           misfit_text(e);
  return (rose ? print(
                     "Exploding: the loss rose %.3g-fold", std::max(f.loss_rise, f.last_over_first))
               : print("Exploding: the weights grew %.3g-fold", f.norm_rise)) +
         end + ". The steps are too large for these weights; dead units are not the cause." +
         jump_text(f) + misfit_text(e);
}

std::string poisoned(const Evidence& e, const Facts&) {
  const auto first = std::ranges::find_if(e.losses, [](double l) { return !std::isfinite(l); });
  return print(
      "Poisoned: %s was not finite at step %lld, without a rise of the loss before it. "
      "A NaN is not a dead unit: every unit that it reaches is lost, whatever its weights.",
      e.non_finite ? e.non_finite->where.c_str() : "the loss",
      static_cast<Long>(e.non_finite ? e.non_finite->step : first - e.losses.begin() + 1));
}

std::string wiring(const Evidence& e, const Facts& f) {
  if (e.constant_input.value_or(false))
    return "Wiring: all samples have the same input, so nothing but the shares of the classes can "
           "be learnt. "
           "Look at what reads the data, not at the network.";
  if (!f.unwired.empty())
    return print(
        "Wiring: %zu parameters, %s the first, get no gradient or are in no optimizer, so they "
        "stay as drawn.",
        f.unwired.size(), f.unwired.front().c_str());
  if (e.softmax_twice.value_or(false))
    return "Wiring: the network ends with a softmax, and the loss takes another: it cannot fall to "
           "0, and its gradients are small. Give the loss what comes before the softmax.";
  if (const std::string what = misfit(e); !what.empty()) return "Wiring: " + what + ".";
  return "Wiring: the learning rate is 0, so nothing can move.";
}

std::string uninformative_labels(const Evidence& e, const Facts&) {
  if (e.label_entropy && *e.label_entropy < kConstant)
    return "Uninformative labels: nearly all samples have the same label, so there is nothing to "
           "learn.";
  return print(
             "Uninformative labels: on samples held out, the network is right in %.1f %% and 10 "
             "nearest neighbours in %.1f %%; "
             "the commonest class alone gives %.1f %%. ",
             100 * e.held_out->accuracy, 100 * e.neighbours->accuracy,
             100 * e.held_out->majority_share) +
         "Gradients flow: it is the labels that do not depend on the input.";
}

std::string frozen_loss(const Evidence& e, const Facts& f) {
  const std::string text = print(
      "Frozen loss: %.0f %% of the wrong samples give a gradient of exactly 0, because the "
      "softmax is saturated and this loss clips it. ",
      percent(e.fates->frozen, e.fates->wrong));
  if (!e.layers) return text + "Whether units are dead was not counted, and is not the cause.";
  return text +
         print("%lld of %lld units are alive, so another activation or learning rate cannot help.",
             static_cast<Long>(f.units - f.dead), static_cast<Long>(f.units));
}

std::string frozen_optimizer(const Evidence& e, const Facts& f) {
  std::string text = print(
      "Frozen optimizer: %.1f %% of the parameters that have a gradient did not change by a bit in "
      "%lld steps, ",
      percent(f.unmoved, f.pulled), static_cast<Long>(e.motion_steps));
  if (f.infinite_state > 0) {
    text += print(
        "because %lld entries of the optimizer's state have overflowed: it divides by infinity. ",
        static_cast<Long>(f.infinite_state));
  } else if (f.state_known) {
    text += "because the step is smaller than half a unit in the last place of the weight. ";
  } else {
    text +=
        "because its state has overflowed or the step is smaller than half a unit in the last "
        "place of the weight: nobody looked at the state. ";
  }
  const auto share = [](const LayerMotion& l) { return percent(l.unmoved, l.pulled); };
  const auto [least, most] = std::ranges::minmax_element(f.motion, {}, share);
  if (f.motion.size() > 1)
    text += print("By layer it is %.1f (%s) to %.1f %% (%s). ", share(*least),
        e.titles.of(least->name).c_str(), share(*most), e.titles.of(most->name).c_str());
  return text + as_sentence(dead_text(f));
}

std::string born_dead(const Evidence& e, const Facts& f) { return death("Born dead", e, f); }
std::string died(const Evidence& e, const Facts& f) { return death("Died", e, f); }

std::string vanishing(const Evidence& e, const Facts& f) {
  std::string text = "Vanishing: ";
  if (f.signal_vanished)
    text += print(
        "the logits hardly depend on the input (standard deviation %.2g), so only the "
        "class shares are learnt. ",
        *e.output_deviation);
  else if (!gradient_vanished(e, f) && !saturated(e, f))
    text += print(
        "with the weights as drawn, the logits hardly depended on the input (standard "
        "deviation %.2g), and the steps went into waking them. ",
        *e.birth_deviation);
  else if (gradient_vanished(e, f))
    text += print("the first layer moves by %.2g of its size in a step, the last by %.2g. ",
        e.update_ratios.front(), e.update_ratios.back());
  else
    text += print(
        "in the most saturated layer, %.0f %% of the slopes are below 1e-4 of the "
        "steepest, so that hardly any gradient passes. ",
        100 * *e.saturated);
  return text + "No layer is dead: " + dead_text(f) + ".";
}

std::string healthy(const Evidence& e, const Facts& f) {
  std::string text = "Healthy: " + level_text(e, f) + ".";
  if (2 * f.dead > f.units)
    return text + " Warning: " + dead_text(f) + ", more than half; the others do all the work.";
  if (f.dead) return text + " " + dead_text(f) + ", which is a note and no fault.";
  if (!e.layers) return text;
  return text + (f.units ? " No unit is dead." : " It has no rectifiers whose units could die.");
}

std::string unsure(const Evidence& e, const Facts& f) {
  if (f.fatal)
    return "Dead, onset unknown: " + dead_where(e, f) + ". In all, " + dead_text(f) +
           "; no census saw whether they were born so.";
  std::string text = "Unsure: " + learnt_text(f) + ", and no rule decides why. ";
  if (e.late_loss && e.loss_at_rate && e.loss_at_tenth)
    text += print(
        "Copies that went on from a loss of %.3g came to %s at the same learning rate and to %s at "
        "a tenth. ",
        *e.late_loss, loss_text(*e.loss_at_rate).c_str(), loss_text(*e.loss_at_tenth).c_str());
  if (e.loss_at_tenfold)
    text += print("At ten times the learning rate, a copy came to %s. ",
        loss_text(*e.loss_at_tenfold).c_str());
  if (f.lagging)
    text += print(
        "On samples held out it is right in %.1f %% and 10 nearest neighbours in "
        "%.1f %%. ",
        100 * e.held_out->accuracy, 100 * e.neighbours->accuracy);
  return text + as_sentence(dead_text(f));
}

}  // namespace tell

std::string verdict_text(Verdict v, const Evidence& e, const Facts& f) {
  return row(v).tell(e, f) + not_looked_at(v, e, f);
}

}  // namespace lively::detail
