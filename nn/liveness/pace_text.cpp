// The sentences of verdicts about the size of the steps, and what keeps them from being learnt by.
#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/clauses.h"
#include "lively/nn/liveness/evidence.h"
#include "lively/nn/liveness/probes.h"
#include "lively/nn/liveness/rules.h"
#include "lively/nn/liveness/verdict_row.h"
#include "lively/nn/liveness/wording.h"

namespace lively::detail {
namespace {

std::optional<double> loss_at(double factor, const Evidence& e) {
  return factor > 1000  ? e.loss_at_raise
         : factor > 100 ? e.loss_at_thousandfold
         : factor > 10  ? e.loss_at_hundredfold
                        : e.loss_at_tenfold;
}

}  // namespace

namespace tell {

std::string starved_step(const Evidence& e, const Facts& f) {
  std::string why;
  const auto add = [&](const std::string& one) { why += (why.empty() ? "" : ", and ") + one; };
  if (held_by_rate(e))
    add(print("warm-up or schedule held the learning rate at %.2g of %.2g", *e.usual_rate,
        *e.nominal_rate));
  if (e.last_step && e.last_step->kept && *e.last_step->kept < 0.5)
    add(print("clipping left %.2g of the gradient", *e.last_step->kept));
  if (e.last_step && e.last_step->gain && *e.last_step->gain < 0.5)
    add(print("the optimizer made %.2g of learning rate x gradient of it", *e.last_step->gain));
  if (why.empty()) why = "something scales the steps down, as an eps that outweighs the gradients";
  std::string text = "Starved step: " + why + ", so that the weights hardly move. ";
  if (e.loss_unscaled)
    return text + print("A copy whose steps nothing scaled down came from a loss of %.3g to %s.",
                      e.late_loss.value_or(NAN), loss_text(*e.loss_unscaled).c_str());
  if (const double factor = helpful_factor(e, f); factor > 0)
    return text + print("A copy at %.0f times the rate came from a loss of %.3g to %s.", factor,
                      *e.late_loss, loss_text(*loss_at(factor, e)).c_str());
  return text + "No layer's update reaches a hundred thousandth of its weights.";
}

std::string over_regularised(const Evidence& e, const Facts& f) {
  std::string text = "Over-regularised: ";
  if (f.drowned)
    text +=
        print("with the weights as drawn, the loss was %.3g in training and %.3g in evaluation, ",
            e.losses.front(), *e.birth_loss);
  if (f.shrunk)
    text += print("the norm of the weights fell from %.3g to %.3g, ", e.weight_norms.front(),
        e.weight_norms.back());
  if (e.last_step && e.last_step->decay && *e.last_step->decay >= 0.1)
    text +=
        print("weight decay is %.0f %% of what pulls at the weights, ", 100 * *e.last_step->decay);
  if (!f.drowned && e.late_loss && e.loss && *e.late_loss >= 1.2 * *e.loss)
    text += print("the loss is %.3g in training and %.3g in evaluation, ", *e.late_loss, *e.loss);
  if (e.loss_freed)
    text += print("a copy without decay and dropout came to %s from %.3g, ",
        loss_text(*e.loss_freed).c_str(), e.loss.value_or(NAN));
  return text + "and " + learnt_text(f) + ".";
}

std::string oscillating(const Evidence& e, const Facts& f) {
  if (overshot(f)) {
    const char* how = f.lost    ? "the network had learnt, and the steps undid it"
                      : f.worse ? "the loss is above what guessing gives, and was not at birth"
                                : "a signal that was there at birth is gone";
    return print(
               "Oscillating: the steps overshoot: %s. The loss is %.3g at the end; it began "
               "with %.3g.",
               how, late_loss(e.losses).value_or(NAN), e.losses.front()) +
           jump_text(f);
  }
  if (worsens(e, f))
    return print(
        "Oscillating: a copy that went on as before came from a loss of %.3g to %s: the "
        "steps overshoot.",
        *e.late_loss, loss_text(*e.loss_at_rate).c_str());
  return print(
      "Oscillating: the loss jumps around %.3g and does not come down. Going on at a tenth of "
      "the learning rate "
      "brought a copy to %s, at the same rate to %s: the steps overshoot.",
      *e.late_loss, loss_text(*e.loss_at_tenth).c_str(), loss_text(*e.loss_at_rate).c_str());
}

std::string slow(const Evidence& e, const Facts& f) {
  const double factor = helpful_factor(e, f);
  if (factor == 0)
    return print(
        "Slow: after %zu steps the loss is at %.3g, and a copy that goes on as before comes "
        "to %s: it needs more steps, by smaller batches or more epochs, or larger ones.",
        e.losses.size(), *e.late_loss, loss_text(*e.loss_at_rate).c_str());
  const std::string times = (factor > 1e15      ? compact(factor)
                                : factor > 1000 ? thousands(static_cast<int64_t>(factor))
                                : factor > 100  ? "a thousand"
                                : factor > 10   ? "a hundred"
                                                : "ten") +
                            std::string(" times");
  return print(
      "Slow: the loss is at %.3g so far, with %.0f %% learnt of what there is to learn. "
      "Going on at %s the learning rate brought a copy to %s.",
      *e.late_loss, 100 * std::max(0.0, f.explained), times.c_str(),
      loss_text(*loss_at(factor, e)).c_str());
}

}  // namespace tell
}  // namespace lively::detail
