// internal: parts of the sentences of verdicts.
#pragma once

#include <string>

#include "lively/nn/liveness/facts.h"

namespace lively::detail {

std::string dead_text(const Facts& f);    // "3 of 60 units are dead"
std::string loss_text(double loss);       // "0.352", "no number any more"
std::string learnt_text(const Facts& f);  // "the network has learnt 12 % of what …"
// Of a rise that came at once, its step, as a sentence; empty: there is none.
std::string jump_text(const Facts& f);

}  // namespace lively::detail
