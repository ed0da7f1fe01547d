#include <algorithm>
#include <cmath>

#include "apps/lab/page/study_charts.h"
#include "apps/lab/study/target_report.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {

std::string TargetReport::charts() const {
  std::vector<IntervalLine> by_scale, paper;
  for (const Descent& d : descents()) {
    if (!has(d.name)) continue;
    IntervalLine line{d.name, {}};
    for (const double gamma : target_scales()) {
      const std::vector<double> dead = last_dead(d, gamma);
      if (static_cast<int>(dead.size()) < size_.seeds) continue;  // diverged
      const Estimate e = mean_share(dead);
      line.points.push_back({gamma, e.mean, e.low, e.high});
    }
    if (d.name == "adam") paper.push_back(line);
    by_scale.push_back(std::move(line));
  }
  std::string html =
      interval_chart("Dead units by the scale of the targets, mean and 95 % interval",
          {"scale gamma of the targets", "dead", true, false, true}, by_scale);
  if (!paper.empty()) {
    for (const PaperCurve& p : paper_curves()) {
      IntervalLine line{std::string(p.name) + " (paper)", {}, true};
      for (std::size_t i = 0; i < p.dead.size(); ++i)
        line.points.push_back({target_scales()[i], p.dead[i], std::nan(""), std::nan("")});
      paper.push_back(std::move(line));
    }
    paper[0].name = "synthetic (ours)";
    html += interval_chart(
        "Adam beside figure 1 of the paper, read off its curves by eye, after 250,000 updates",
        {"scale gamma of the targets", "dead", true, false, true}, paper);
  }
  for (const char* name : {"adam", "adam_without", "sgd_tenfold", "momentum_accumulating"}) {
    const auto d = std::ranges::find(descents(), name, &Descent::name);
    if (!has(name) || d == descents().end()) continue;
    std::vector<IntervalLine> lines;
    for (const double gamma : {1e-5, 1e-3, 1e-2, 0.1, 1.0}) {
      const auto all = runs(*d, gamma);
      IntervalLine line{"gamma " + number(gamma), {}};
      for (std::size_t i = 1; i < all[0].size(); ++i) {
        std::vector<double> dead;
        for (const auto& run : all)
          if (i < run.size()) dead.push_back(run[i].dead);
        const Estimate e = mean_share(dead);
        line.points.push_back({static_cast<double>(all[0][i].updates), e.mean, e.low, e.high});
      }
      lines.push_back(std::move(line));
    }
    html += interval_chart(std::string("Dead units over time: ") + name,
        {"updates", "dead", true, false, true}, lines);
  }
  return html;
}

}  // namespace lively::lab
