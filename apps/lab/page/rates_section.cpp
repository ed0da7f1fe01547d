#include <algorithm>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr double kHighest = 1.5;  // times the loss of the first step: what lies above is not drawn

}  // namespace

std::string rates_section(const RunLog& run) {
  if (!run.rate_test) return "";
  const RunLog::RateTest& t = *run.rate_test;
  std::string html = heading("Learning rate range test");
  IntervalLine loss{"loss of a batch", {}}, smoothed{"its mean over the steps around", {}};
  std::size_t above = 0;
  for (const RunLog::Rate& r : t.steps) {
    const bool fits = r.loss <= kHighest * t.steps[0].smoothed;
    above += !fits;
    if (fits) loss.points.push_back({r.lr, r.loss, r.loss, r.loss});
    if (r.smoothed <= kHighest * t.steps[0].smoothed)
      smoothed.points.push_back({r.lr, r.smoothed, r.smoothed, r.smoothed});
  }
  loss.dashed = true;
  html += band_chart("Loss by learning rate, which rises by the same factor in each step",
      {.x = "learning rate", .y = "loss", .log_x = true}, {smoothed, loss});
  if (above > 0)
    html +=
        paragraph(message("Not drawn: ", above, above == 1 ? " loss" : " losses", " of more than ",
                      compact(kHighest), " times that of the first steps, the last ",
                      compact(t.steps.back().loss), "."),
            "muted");
  if (!(t.suggested > 0)) return html + paragraph(t.none);
  return html +
         paragraph("Suggested: --lr " + compact(t.suggested) +
                   ", at which the smoothed loss falls fastest (it is lowest at " +
                   compact(t.lowest_at) +
                   "), by the learning rate range test of Smith (2017, Cyclical Learning Rates for "
                   "Training Neural Networks).");
}

}  // namespace lively::lab
