// internal: when a fault holds. nn/README.md says it in words.
#pragma once

#include "lively/nn/liveness/facts.h"

namespace lively::detail {

// What is told without going on with a copy.
bool exploded(const Evidence& e, const Facts& f);
bool miswired(const Evidence& e, const Facts& f);
bool constant_labels(const Evidence& e);
bool uninformative(const Evidence& e, const Facts& f);
bool grown(const Evidence& e, const Facts& f);
// Was the first loss far above H, in a network that is hurt?
bool swollen(const Evidence& e, const Facts& f);
bool all_tiny(const std::vector<double>& ratios);  // does no layer move?
bool frozen_loss(const Evidence& e, const Facts& f);
bool frozen_optimizer(const Evidence& e, const Facts& f);
bool vanished(const Evidence& e, const Facts& f);  // by one of the next three, or its signal
// Did logits differ by less, with the weights as drawn?
bool faint_at_birth(const Evidence& e, const Facts& f, double most);
bool gradient_vanished(const Evidence& e, const Facts& f);
bool saturated(const Evidence& e, const Facts& f);
bool gradients_stop(const Evidence& e, const Facts& f);  // something on the way stops them
bool gradients_flow(const Evidence& e, const Facts& f);
bool at_chance(const std::optional<HeldOut>& h);
bool hardly_moves(int64_t unmoved, int64_t pulled);

// What the pace of learning tells, and copies that went on otherwise.
bool held_back(const Evidence& e);  // does something scale the steps down?
bool starved_step(const Evidence& e, const Facts& f);
bool over_regularised(const Evidence& e, const Facts& f);
bool seesaws(const Evidence& e);
bool unsteady(const Evidence& e, const Facts& f);
bool overshot(const Facts& f);                    // steps alone can have made it so
bool worsens(const Evidence& e, const Facts& f);  // a copy that goes on as before
bool settles(const Evidence& e, const Facts& f);
bool oscillating(const Evidence& e, const Facts& f);
bool slow(const Evidence& e, const Facts& f);
bool still_learns(const Evidence& e);             // a copy that goes on as before
bool hurried(const Evidence& e, const Facts& f);  // few steps, and each still helps
// Would larger steps let it learn? The smallest factor of the rate, of those tried, that does; 0:
// none does.
double helpful_factor(const Evidence& e, const Facts& f);

constexpr int64_t kFrozenSteps = 100;  // watched, before anything is called frozen
constexpr int64_t kHeldOut = 400;      // samples from which chance is asked

}  // namespace lively::detail
