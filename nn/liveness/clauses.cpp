#include "lively/nn/liveness/clauses.h"

#include <algorithm>
#include <cmath>

#include "lively/nn/liveness/wording.h"

namespace lively::detail {

using Long = long long;

std::string dead_text(const Facts& f) {
  if (f.units == 0) return "no units were counted";
  return print(
      "%lld of %lld units are dead", static_cast<Long>(f.dead), static_cast<Long>(f.units));
}

std::string loss_text(double loss) {
  return std::isfinite(loss) ? print("%.3g", loss) : "no number any more";
}

std::string learnt_text(const Facts& f) {
  if (!f.measured && !std::isfinite(f.explained)) return "nobody measured how much it has learnt";
  return print("the network has learnt %s%.0f %% of what there is to learn",
      f.measured ? "" : "at least ", 100 * std::max(0.0, f.explained));
}

std::string jump_text(const Facts& f) {
  if (!f.jump) return "";
  return print(" The loss jumped %.3g-fold after step %lld, and stayed up.", f.jump_factor,
      static_cast<Long>(*f.jump));
}

}  // namespace lively::detail
