#include "apps/lab/page/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kWidth = 720, kHeight = 240, kLeft = 70, kRight = 14, kTop = 24, kBottom = 42,
                 kTip = 14;
constexpr std::size_t kMostPoints = 800;  // drawn of a line
constexpr std::size_t kMarked = 40;       // points that a line may have to get a dot for each

Scale scale_of(const std::vector<Line>& lines, bool percent) {
  if (percent) return {0, 1, false};
  double low = std::numeric_limits<double>::infinity(), high = -low, least = low;
  for (const Line& line : lines) {
    for (const Point& p : line.points) {
      if (!std::isfinite(p.y)) continue;
      low = std::min(low, p.y);
      high = std::max(high, p.y);
      if (p.y > 0) least = std::min(least, p.y);
    }
  }
  if (!(low <= high)) return {};
  if (low >= 0 && high > 100 * least) return {least, high, true};
  if (low > 0) low = 0;
  return {low, high > low ? high : low + 1, false};
}

// The same line to the eye: of each of many short stretches, its first, lowest and highest point.
std::vector<Point> thinned(const std::vector<Point>& points) {
  if (points.size() <= kMostPoints) return points;
  const std::size_t stretch = points.size() * 3 / kMostPoints + 1;
  std::vector<Point> kept;
  for (std::size_t from = 0; from < points.size(); from += stretch) {
    const std::size_t to = std::min(points.size(), from + stretch);
    std::size_t low = from, high = from;
    bool broken = false;
    for (std::size_t i = from; i < to; ++i) {
      broken |= !std::isfinite(points[i].y);
      if (points[i].y < points[low].y) low = i;
      if (points[i].y > points[high].y) high = i;
    }
    if (broken) {
      kept.insert(kept.end(), points.begin() + static_cast<std::ptrdiff_t>(from),
          points.begin() + static_cast<std::ptrdiff_t>(to));
      continue;
    }
    std::vector<std::size_t> of{from, low, high};
    std::ranges::sort(of);
    of.erase(std::unique(of.begin(), of.end()), of.end());
    for (const std::size_t i : of) kept.push_back(points[i]);
  }
  return kept;
}

std::string kind_of(const Line& line) {
  return "run" + std::to_string(line.run % 4) + (line.dashed ? " dashed" : "");
}

}  // namespace

std::string line_chart(const std::string& title, const std::vector<Line>& lines,
    const std::vector<Tick>& ticks, bool percent) {
  const auto drawn = [](const Line& l) {
    return std::ranges::any_of(l.points, [](const Point& p) { return std::isfinite(p.y); });
  };
  if (std::ranges::none_of(lines, drawn)) return "";
  const Scale y = scale_of(lines, percent);
  double last = 1;
  for (const Line& line : lines)
    for (const Point& p : line.points) last = std::max(last, p.x);
  const auto px = [&](double v) {
    return kLeft + std::clamp(v / last, 0.0, 1.0) * (kWidth - kLeft - kRight);
  };
  const auto py = [&](double v) {
    return kTop + (1 - y.place(std::clamp(v, y.low, y.high))) * (kHeight - kTop - kBottom);
  };
  const auto shown = [&](const Point& p) {
    return std::isfinite(p.y) && (!y.logarithmic || p.y > 0);
  };
  const auto value = [&](double v) {
    return percent ? lively::lab::percent(v) + " %" : compact(v);
  };
  std::string svg = open_svg(title, kWidth, kHeight), legend;
  for (const double v : y.marks())
    svg += stroke("grid", kLeft, py(v), kWidth - kRight, py(v)) +
           label(kLeft - 6, py(v) + 4, percent ? lively::lab::percent(v, 0) + " %" : compact(v),
               "end");
  for (const double v : Scale{0, last, false}.marks())
    svg += label(
        px(v), kHeight - 6, thousands(static_cast<int64_t>(v)), v > 0.97 * last ? "end" : "middle");
  int runs = 1;
  for (const Tick& t : ticks) runs = std::max(runs, t.run + 1);
  for (const Tick& t : ticks) {
    const double tall = 14.0 / runs, from = kHeight - kBottom + 4 + tall * t.run;
    svg += tipped(kLeft, kTip, t.text,
        stroke("tick run" + std::to_string(t.run % 4), px(t.x), from, px(t.x), from + tall));
  }
  for (const Line& line : lines) {
    if (!drawn(line)) continue;
    legend += key(kind_of(line), line.name);
    std::string points, dots;
    const auto draw = [&] {
      if (!points.empty())
        svg += "<polyline class=\"" + kind_of(line) + "\" points=\"" + points + "\"/>";
      points.clear();
    };
    for (const Point& p : thinned(line.points)) {
      if (shown(p)) {
        points += fixed(px(p.x)) + "," + fixed(py(p.y)) + " ";
      } else {
        draw();
      }
      if (shown(p) && line.points.size() <= kMarked)
        dots += tipped(kLeft, kTip,
            line.name + " at step " + thousands(static_cast<int64_t>(p.x)) + ": " + value(p.y),
            "<circle class=\"dot " + kind_of(line) + "\" r=\"4\" cx=\"" + fixed(px(p.x)) +
                "\" cy=\"" + fixed(py(p.y)) + "\"/>");
    }
    draw();
    svg += dots;
  }
  return figure(title, svg + "</svg>", legend);
}

std::string heat_map(const std::string& title, const std::vector<std::string>& columns,
    const std::vector<HeatRow>& rows, const std::string& none, const std::string& all) {
  constexpr double kRow = 20;
  std::size_t longest = 0;
  for (const HeatRow& row : rows) longest = std::max(longest, row.name.size());
  const double names = 16 + 8.5 * static_cast<double>(std::clamp<std::size_t>(longest, 4, 32));
  const double height = kTop + kRow * static_cast<double>(rows.size()) + 24,
               room = kWidth - names - kRight;
  const double width = room / static_cast<double>(std::max<std::size_t>(1, columns.size())),
               gap = width > 4 ? 1 : 0;
  const auto filled = [&](double share, double x, double y) {
    char opacity[16];
    std::snprintf(opacity, sizeof opacity, "%.3g", std::clamp(share, 0.0, 1.0));
    return "<rect fill-opacity=\"" + std::string(opacity) + "\" x=\"" + fixed(x) + "\" y=\"" +
           fixed(y) + "\" width=\"" + fixed(width - gap) + "\" height=\"" + fixed(kRow - 1) +
           "\"/>";
  };
  std::string svg = open_svg(title, kWidth, height) +
                    rectangle("cell", names, kTop, room - gap, height - kTop - 24 - 1),
              cells;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = kTop + kRow * static_cast<double>(r);
    svg += label(names - 6, y + 14, rows[r].name, "end");
    for (std::size_t c = 0; c < rows[r].shares.size(); ++c) {
      if (std::isnan(rows[r].shares[c])) continue;
      cells += tipped(names, kTip, rows[r].name + ", step " + columns[c] + ": " + rows[r].texts[c],
          filled(rows[r].shares[c], names + width * static_cast<double>(c), y));
    }
  }
  svg += "<g class=\"heat\">" + cells + "</g>";
  const std::size_t every =
      static_cast<std::size_t>(static_cast<double>(columns.size()) * 72 / room) + 1;
  for (std::size_t c = 0; c < columns.size(); c += every)
    svg += label(names + width * (static_cast<double>(c) + 0.5), height - 6, columns[c], "middle");
  std::string legend = "<span class=\"entry\">" + escaped(none) + " ";
  for (const char* share : {"0", "0.25", "0.5", "0.75", "1"})
    legend += std::string(
                  "<svg class=\"swatch\" viewBox=\"0 0 16 12\" aria-hidden=\"true\"><rect "
                  "class=\"cell\" width=\"16\" height=\"12\"/>"
                  "<rect class=\"heat\" width=\"16\" height=\"12\" fill-opacity=\"") +
              share + "\"/></svg>";
  return figure(title, svg + "</svg>", legend + " " + escaped(all) + "</span>");
}

std::string spark_line(const std::string& title, const std::vector<double>& values) {
  constexpr double kAcross = 160, kUp = 30;
  if (values.size() < 2) return "";
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]))
      points += fixed(2 + (kAcross - 4) * static_cast<double>(i) /
                              static_cast<double>(values.size() - 1)) +
                "," + fixed(kUp - 2 - (kUp - 4) * std::clamp(values[i], 0.0, 1.0)) + " ";
  return open_svg(title, kAcross, kUp) + stroke("grid", 0, kUp - 1, kAcross, kUp - 1) +
         "<polyline class=\"run0\" points=\"" + points + "\"/></svg>";
}

std::string split_bar(const std::string& title, const std::vector<Part>& parts) {
  constexpr double kAcross = 400, kUp = 16;
  double below = 0, above = 0;
  for (const Part& p : parts)
    (p.value < 0 ? below : above) += std::isfinite(p.value) ? std::abs(p.value) : 0;
  if (!(below + above > 0)) return "";
  const double unit = kAcross / (below + above);
  double left = below * unit, right = left;
  std::string svg = open_svg(title, kAcross, kUp), legend;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& p = parts[i];
    if (!std::isfinite(p.value)) continue;
    const std::string kind = "part" + std::to_string(i % 4);
    const double width = std::abs(p.value) * unit;
    if (p.value < 0) left -= width;
    svg += rectangle(kind.c_str(), p.value < 0 ? left : right, 1, width, kUp - 2);
    if (p.value > 0) right += width;
    legend += "<span class=\"entry\"><span class=\"chip " + kind + "\"></span>" + escaped(p.name) +
              " " + percent(p.value / (above - below), 0) + " %</span>";
  }
  if (below > 0) svg += stroke("tick", below * unit, 0, below * unit, kUp);
  return "<div class=\"bar\">" + svg + "</svg><p class=\"legend\">" + legend + "</p></div>";
}

}  // namespace lively::lab
