#include "apps/lab/trials/handout.h"

#include <algorithm>

namespace lively::lab {

bool hand_out(
    const std::vector<Case>& cases, Ledger& ledger, const Limits& limits, const Make& make) {
  std::vector<const Case*> missing;
  for (const Case& c : cases)
    if (!ledger.find(c.type, c.seed)) missing.push_back(&c);
  Limits counted = limits;
  const auto there = static_cast<int64_t>(cases.size() - missing.size());
  if (limits.progress)
    counted.progress = [&](int64_t made, int64_t of) { limits.progress(there + made, there + of); };
  const std::vector<bool> made = side_by_side(
      static_cast<int64_t>(missing.size()), counted, [&](int64_t i, const std::atomic<bool>& stop) {
        const Case& c = *missing[static_cast<std::size_t>(i)];
        const std::optional<Json> came = make(c, stop);
        if (!came) return false;
        Json line{{"type", c.type}, {"seed", c.seed}};
        line.update(*came);
        ledger.add(line);
        return true;
      });
  return std::ranges::all_of(made, [](bool whole) { return whole; });
}

}  // namespace lively::lab
