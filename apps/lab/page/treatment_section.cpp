#include <algorithm>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string reached(const RunLog::Tried& t) {
  return t.diverged || !std::isfinite(t.accuracy) ? "diverged" : percent(t.accuracy) + " %";
}

std::string length_of(const RunLog::Tried& t) {
  return thousands(t.steps) + " steps on " + thousands(t.train) + " samples";
}

}  // namespace

std::string cure_words(const RunLog& run) {
  if (!run.treatment) return "";
  const RunLog::Treatment& t = *run.treatment;
  std::string html;
  if (t.cure) {
    html += "<p><b>" +
            escaped("Cure, tried: " + t.cure->change + " → " + reached(*t.cure) + " (" +
                    length_of(*t.cure) + (t.whole_run ? ", as this run)" : ")")) +
            "</b></p>";
    if (!t.command.empty()) html += "<pre>" + escaped(t.command) + "</pre>";
    if (!t.why.empty()) html += paragraph(t.why);
  } else {
    html += paragraph(t.none);
  }
  if (t.nearest)
    html += paragraph("The nearest value that works: " + t.nearest->change + " → " +
                      reached(*t.nearest) + " (" + length_of(*t.nearest) + ").");
  if (!t.verdict.empty() && run.final && t.verdict != run.final->verdict)
    html += paragraph("By this the verdict is " + spoken(t.verdict) + "; the evidence alone said " +
                      spoken(run.final->verdict) + ".");
  return html;
}

std::string treatment_section(const RunLog& run) {
  if (!run.treatment || run.treatment->tried.empty()) return "";
  const RunLog::Treatment& t = *run.treatment;
  std::vector<std::vector<std::string>> rows;
  for (const RunLog::Tried& one : listed(t.tried))
    rows.push_back({one.change.empty() ? "as it is" : one.change, reached(one), length_of(one),
        one.learned ? "yes" : "no"});
  return paragraph(message("On twins of the run, in ", compact(t.seconds),
                       " s. One that learns closes the way to the best of its length so far that "
                       "the bar asks for."),
             "muted") +
         table({"change", "test accuracy", "twin", "learns"}, rows) +
         and_more(t.tried.size(), "twins");
}

}  // namespace lively::lab
