#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string points(double share) {
  if (!std::isfinite(share)) return "–";
  return (share <= -5e-4 ? "−" : "+") + percent(std::abs(share));
}

std::string interval(const RunLog::Arm& a) {
  return std::isfinite(a.low) ? points(a.low) + " to " + points(a.high) : "–";
}

std::vector<std::string> row(const RunLog::Arm& a) {
  const bool as_is = a.change.empty();
  return {as_is ? "as it is" : a.change, percent(a.accuracy) + " %", percent(a.dead) + " %",
      as_is ? "" : points(a.effect), as_is ? "" : interval(a),
      message(a.healed, " of ", a.seeds, a.diverged ? message(", ", a.diverged, " diverged") : "")};
}

std::string question(const RunLog::Question& q) {
  std::string html =
      "<h3>" + std::string(q.failed ? "The network that has failed goes on" : "From the start") +
      "</h3>";
  if (!q.none.empty() || q.arms.empty()) return html + paragraph(q.none);
  const std::string length =
      q.steps < q.whole ? message(" of the run's ", thousands(q.whole)) : ", as the run";
  html += paragraph(message(thousands(q.steps), " steps an arm", length, ", each on the same ",
      q.arms[0].seeds, q.arms[0].seeds == 1 ? " seed" : " seeds", ". Healed: at least ",
      percent(q.bar), " % of the test set."));
  std::vector<std::vector<std::string>> rows;
  for (const RunLog::Arm& a : listed(q.arms)) rows.push_back(row(a));
  return html + table({"change", "test accuracy", "dead units", "effect, points", "95 % interval",
                          "healed"},
                    rows);
}

}  // namespace

std::string doctor_section(const RunLog& run) {
  if (!run.consultation) return "";
  const RunLog::Consultation& c = *run.consultation;
  std::string html = heading("What heals it, measured") + paragraph(c.sentence);
  if (!c.command.empty()) html += "<pre>" + escaped(c.command) + "</pre>";
  for (const RunLog::Question& q : c.questions) html += question(q);
  return html +
         paragraph(
             "Effect: mean difference of the accuracy to the recipe as it is, seed by seed, with "
             "its interval by Student's law.",
             "muted");
}

}  // namespace lively::lab
