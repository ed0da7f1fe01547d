#include <algorithm>
#include <map>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {

std::string causes_section(const RunLog& run) {
  // How many deaths have the same three labels.
  std::map<std::vector<std::string>, int64_t> count;
  int64_t known = 0, unknown = 0;
  for (const RunLog::Change& c : run.changes) {
    if (!c.death || c.born) continue;
    if (!c.cause) {
      ++unknown;
      continue;
    }
    ++known;
    ++count[{origin_words(run, *c.cause), spoken(c.cause->how_fast), spoken(c.cause->what)}];
  }
  std::string html;
  if (known > 0) {
    std::vector<std::pair<int64_t, std::vector<std::string>>> order;
    for (const auto& [labels, n] : count) order.emplace_back(n, labels);
    std::ranges::stable_sort(order, std::greater{}, [](const auto& o) { return o.first; });
    std::vector<std::vector<std::string>> rows;
    for (const auto& [n, labels] : order)
      rows.push_back({labels[0], labels[1], labels[2], thousands(n),
          percent(static_cast<double>(n) / static_cast<double>(known), 0) + " %"});
    html +=
        table({"where the fall came from", "how fast", "what moved it", "deaths", "share"}, rows) +
        paragraph(
            "Shares of a fall are accounting: its parts sum to the change. Only a replay with the "
            "blamed part removed shows a cause.",
            "muted");
    if (unknown > 0)
      html += paragraph(thousands(unknown) + " more deaths have no cause in the log.", "muted");
  }
  if (!run.replays.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const RunLog::Replay& r : listed(run.replays))
      rows.push_back({message(layer_words(run, r.layer), ", unit ", r.unit), thousands(r.step),
          spoken(r.removed), r.lives ? "lives" : "dies all the same"});
    html += paragraph("The fatal step again, from the kept state, with one part removed:") +
            table({"unit", "step", "removed", "the unit"}, rows) +
            and_more(run.replays.size(), "replays");
  }
  return html;
}

std::string prophecies_section(const RunLog& run) {
  struct Kind {
    int64_t made = 0, right = 0, wrong = 0;
  };
  std::map<std::string, Kind> kinds;
  for (const RunLog::Prophecy& p : run.prophecies) ++kinds[p.kind].made;
  for (const RunLog::Score& s : run.scores) ++(s.right ? kinds[s.kind].right : kinds[s.kind].wrong);
  std::string html;
  if (!kinds.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [kind, n] : kinds)
      rows.push_back({spoken(kind), thousands(n.made), thousands(n.right), thousands(n.wrong)});
    html += table({"dead units, foretold", "prophecies", "came true", "failed"}, rows);
    std::vector<Said> failed;
    for (const RunLog::Score& s : run.scores)
      if (!s.right)
        failed.push_back({message("Failed: ", layer_words(run, s.layer), ", unit ", s.unit),
            message(", at step ", thousands(s.step), ": ", s.text)});
    html += equal_lines(failed, "prophecies failed");
  }
  if (!run.certificates.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const RunLog::Certificate& c : run.certificates)
      rows.push_back({layer_title(run, c.layer), thousands(c.step), c.method,
          message(thousands(c.certified), " of ", thousands(c.dead))});
    html += paragraph("Certificates: units that no input of a region can fire.") +
            table({"layer", "step", "by", "dead units certified"}, rows);
  }
  return html;
}

}  // namespace lively::lab
