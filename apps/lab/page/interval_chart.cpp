#include <algorithm>
#include <cmath>

#include "apps/lab/page/plot_area.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kChartHeight = 340;
constexpr double kAside = 3;            // between lines that have points at the same x
constexpr std::size_t kMostMarks = 24;  // points of a line in a band chart that get a mark
constexpr std::size_t kDrawn = 400;     // and those that its line goes through

PlotArea area_of(const Axes& axes, const std::vector<IntervalLine>& lines) {
  std::vector<std::pair<double, double>> seen;
  for (const IntervalLine& line : lines)
    for (const Measured& p : line.points) {
      if (!std::isfinite(p.y)) continue;
      for (const double v : {p.y, p.low, p.high}) seen.emplace_back(p.x, v);
    }
  return {axes, kChartHeight, std::move(seen)};
}

std::vector<IntervalLine> shown_of(const std::vector<IntervalLine>& lines) {
  return {lines.begin(),
      lines.begin() + static_cast<std::ptrdiff_t>(std::min(kMostLines, lines.size()))};
}

std::string left_out(std::size_t all) {
  return all <= kMostLines ? ""
                           : "<span class=\"entry\">the first " + std::to_string(kMostLines) +
                                 " of " + std::to_string(all) + " lines</span>";
}

std::string polyline(const std::string& kind, const std::string& points) {
  return points.empty() ? "" : "<polyline class=\"" + kind + "\" points=\"" + points + "\"/>";
}

std::string tip(const PlotArea& area, const IntervalLine& line, const Measured& p) {
  return line.name + " at " + compact(p.x) + ": " + area.value(p.y) + area.interval(p.low, p.high);
}

}  // namespace

std::string interval_chart(
    const std::string& title, const Axes& axes, const std::vector<IntervalLine>& all) {
  const std::vector<IntervalLine> lines = shown_of(all);
  const PlotArea area = area_of(axes, lines);
  std::string joined, marks, legend;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const int kind = static_cast<int>(k);
    const double aside =
        kAside * (static_cast<double>(k) - static_cast<double>(lines.size() - 1) / 2);
    std::string points, own;
    for (const Measured& p : lines[k].points) {
      if (!area.shows(p.x, p.y)) {
        joined += polyline(line_class(kind, lines[k].dashed), points);
        points.clear();
        continue;
      }
      const double x = area.x(p.x) + aside, y = area.y(p.y);
      points += fixed(x) + "," + fixed(y) + " ";
      own += tipped(PlotArea::kLeft, PlotArea::kTip, tip(area, lines[k], p),
          whisker(area, kind, x, p.low, p.high) + mark(kind, x, y));
    }
    if (own.empty()) continue;
    joined += polyline(line_class(kind, lines[k].dashed), points);
    marks += own;
    legend += mark_key(kind, lines[k].dashed, true, lines[k].name);
  }
  if (marks.empty()) return "";
  return figure(title,
      open_svg(title, PlotArea::kWidth, kChartHeight) + area.frame() + joined + marks + "</svg>",
      legend + left_out(all.size()));
}

std::string band_chart(
    const std::string& title, const Axes& axes, const std::vector<IntervalLine>& all) {
  const std::vector<IntervalLine> lines = shown_of(all);
  const PlotArea area = area_of(axes, lines);
  std::string bands, joined, marks, legend;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const int kind = static_cast<int>(k);
    const std::vector<Measured>& points = lines[k].points;
    std::string means, upper, lower, own;
    const auto close = [&] {
      if (!upper.empty())
        bands += "<polygon class=\"band band" + std::to_string(kind) + "\" points=\"" + upper +
                 lower + "\"/>";
      joined += polyline(line_class(kind, lines[k].dashed), means);
      means.clear(), upper.clear(), lower.clear();
    };
    for (const std::size_t i : spread(points.size(), kDrawn)) {
      const Measured& p = points[i];
      if (!area.shows(p.x, p.y)) {
        close();
        continue;
      }
      const std::string x = fixed(area.x(p.x)) + ",";
      means += x + fixed(area.y(p.y)) + " ";
      if (!std::isfinite(p.low) || !std::isfinite(p.high)) continue;
      upper += x + fixed(area.y(p.high)) + " ";
      lower = x + fixed(area.y(p.low)) + " " + lower;
    }
    close();
    for (const std::size_t i : spread(points.size(), kMostMarks))
      if (area.shows(points[i].x, points[i].y))
        own += tipped(PlotArea::kLeft, PlotArea::kTip, tip(area, lines[k], points[i]),
            mark(kind, area.x(points[i].x), area.y(points[i].y)));
    if (own.empty()) continue;
    marks += own;
    legend += mark_key(kind, lines[k].dashed, true, lines[k].name);
  }
  if (marks.empty()) return "";
  return figure(title,
      open_svg(title, PlotArea::kWidth, kChartHeight) + area.frame() + bands + joined + marks +
          "</svg>",
      legend + left_out(all.size()));
}

}  // namespace lively::lab
