#include "apps/lab/cases/handout.h"

#include <algorithm>

#include "apps/lab/cases/company.h"
#include "lively/tensor/error.h"
#include "lively/tensor/threads.h"

namespace lively::lab {

bool hand_out(
    const std::vector<Case>& cases, Ledger& ledger, const Limits& limits, const Make& make) {
  const LineAt line_at = [&](std::size_t i, const std::atomic<bool>& stop) -> std::optional<Json> {
    const std::optional<Json> came = make(cases.at(i), stop);
    if (!came) return std::nullopt;
    Json line = object({{"type", cases[i].type}, {"seed", cases[i].seed}});
    line.update(*came);
    return line;
  };
  if (rank() > 0) follow(limits.bits, line_at);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (!ledger.find(cases[i].type, cases[i].seed)) missing.push_back(i);
  if (missing.empty()) return true;
  Company company(limits.workers > 0 ? limits.workers : threads());
  Limits counted = limits;
  counted.workers = static_cast<int>(company.seats());
  const auto there = static_cast<int64_t>(cases.size() - missing.size());
  if (limits.progress)
    counted.progress = [&](int64_t made, int64_t of) { limits.progress(there + made, there + of); };
  const std::vector<bool> made = side_by_side(
      static_cast<int64_t>(missing.size()), counted, [&](int64_t i, const std::atomic<bool>& stop) {
        const std::size_t place = missing[static_cast<std::size_t>(i)];
        const std::optional<Json> line = company.line(place, stop, line_at);
        if (!line) return false;
        const Case& asked = cases[place];
        if (line->at("type") != asked.type || line->at("seed") != asked.seed)
          fail<StateError>("asked for ", asked.type, ", seed ", asked.seed, ", another rank made ",
              one_line(line->at("type")), ", seed ", one_line(line->at("seed")),
              ": all must have the same list of cases");
        ledger.add(*line);
        return true;
      });
  return std::ranges::all_of(made, [](bool whole) { return whole; });
}

}  // namespace lively::lab
