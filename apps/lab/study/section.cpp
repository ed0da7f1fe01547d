#include "apps/lab/study/section.h"

#include <cmath>
#include <cstdio>

#include "apps/lab/words/text.h"

namespace lively::lab {

std::string bracket(const Interval& i) {
  return "[" + percent(i.low) + ", " + percent(i.high) + "]";
}

std::string with_interval(const Tally& t) {
  return percent(t.share()) + " " + bracket(t.interval());
}

std::string percent_or_dash(double share) { return std::isfinite(share) ? percent(share) : "–"; }

std::string percent_or_nothing(double share) { return std::isfinite(share) ? percent(share) : ""; }

std::string probability(double p) {
  char text[16];
  std::snprintf(text, sizeof text, "%.*g", p < 0.001 ? 1 : 2, p);
  return text;
}

std::string compared(const Tally& ours, const Tally& theirs) {
  const double p = fisher_exact(ours, theirs);
  return std::string(p < 0.05 ? "another share" : "not told apart") + " (p = " + probability(p) +
         ")";
}

}  // namespace lively::lab
