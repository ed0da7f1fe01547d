#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "apps/lab/page/chart.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kWidth = 720, kHeight = 260, kLeft = 70, kRight = 14, kTop = 14, kBottom = 46;
constexpr double kInnerRight = kWidth - kRight, kInnerBottom = kHeight - kBottom;
constexpr std::size_t kMostPoints = 800;  // drawn of a line
constexpr std::size_t kMostStops = 120;   // places that can be pointed at
constexpr std::size_t kMarked = 40;       // points that a line may have to get a dot for each

bool drawn(const Line& line) {
  return std::ranges::any_of(line.points, [](const Point& p) { return std::isfinite(p.y); });
}

Scale scale_of(const std::vector<Line>& lines, bool percent) {
  if (percent) return {0, 1, false};
  double low = std::numeric_limits<double>::infinity(), high = -low, least = low;
  const auto see = [&](double y) {
    if (!std::isfinite(y)) return;
    low = std::min(low, y);
    high = std::max(high, y);
    if (y > 0) least = std::min(least, y);
  };
  for (const Line& line : lines) {
    for (const Point& p : line.points) see(p.y);
    for (const Span& s : line.band) see(s.low), see(s.high);
  }
  if (!(low <= high)) return {};
  constexpr double kWide = 50;  // a loss that falls from 2.3 to 0.05 stays linear
  if (low >= 0 && high > kWide * least) return {least, high, true};
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

std::string colour_of(int run) { return "run" + std::to_string(run % kColours); }

std::string kind_of(const Line& line) {
  return colour_of(line.run) + (line.dashed ? " dashed" : "") + (line.faint ? " faint" : "");
}

// Where values lie, and how they are written.
struct Area {
  Scale y;
  double last;
  bool percent;
  double px(double v) const {
    return kLeft + std::clamp(v / last, 0.0, 1.0) * (kInnerRight - kLeft);
  }
  double py(double v) const {
    return kTop + (1 - y.place(std::clamp(v, y.low, y.high))) * (kInnerBottom - kTop);
  }
  bool shows(const Point& p) const { return std::isfinite(p.y) && (!y.logarithmic || p.y > 0); }
  std::string value(double v) const {
    return percent ? lively::lab::percent(v) + " %" : compact(v);
  }
};

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", v);
  return text;
}

std::string frame(const Area& a) {
  std::string svg;
  for (const double v : a.y.marks())
    svg += stroke("grid", kLeft, a.py(v), kInnerRight, a.py(v)) +
           label(kLeft - 6, a.py(v) + 4, a.percent ? percent(v, 0) + " %" : compact(v), "end",
               "mark-y");
  for (const double v : Scale{0, a.last, false}.marks())
    svg += label(a.px(v), kHeight - 6, thousands(static_cast<int64_t>(v)),
        v > 0.97 * a.last ? "end" : "middle", "mark-x");
  return svg;
}

std::string band_of(const Line& line, const Area& a) {
  std::string upper, lower;
  for (const Span& s : line.band) {
    if (!a.shows({s.x, s.low}) || !a.shows({s.x, s.high})) continue;
    const std::string x = fixed(a.px(s.x)) + ",";
    upper += x + fixed(a.py(s.high)) + " ";
    lower = x + fixed(a.py(s.low)) + " " + lower;
  }
  if (upper.empty()) return "";
  return "<polygon class=\"band band" + std::to_string(line.run % kColours) + "\" points=\"" +
         upper + lower + "\"/>";
}

std::string polylines_of(const Line& line, const Area& a) {
  std::string svg, points;
  const auto draw = [&] {
    if (!points.empty())
      svg += "<polyline class=\"" + kind_of(line) + "\" points=\"" + points + "\"/>";
    points.clear();
  };
  for (const Point& p : thinned(line.points)) {
    if (a.shows(p)) {
      points += fixed(a.px(p.x)) + "," + fixed(a.py(p.y)) + " ";
    } else {
      draw();
    }
  }
  draw();
  return svg;
}

const Point* at(const Line& line, double x) {
  const auto found = std::ranges::lower_bound(line.points, x, {}, &Point::x);
  return found == line.points.end() || found->x != x ? nullptr : &*found;
}

// What is to be seen at one place: a hair line, dots, and the values in the corner farther away.
std::string stop_of(
    const std::vector<Line>& lines, const Area& a, double x, double from, double to) {
  const double px = a.px(x);
  const bool left = px > (kLeft + kInnerRight) / 2;
  std::string svg = rectangle("strip", from, kTop, to - from, kInnerBottom - kTop) +
                    stroke("hair", px, kTop, px, kInnerBottom),
              texts;
  double row = kTop + 12;
  for (const Line& line : lines) {
    const Point* p = line.faint ? nullptr : at(line, x);
    if (!p || !std::isfinite(p->y)) continue;
    if (a.shows(*p))
      svg += "<circle class=\"dot " + colour_of(line.run) +
             (line.points.size() > kMarked ? " far" : "") + "\" r=\"4\" cx=\"" + fixed(px) +
             "\" cy=\"" + fixed(a.py(p->y)) + "\"/>";
    std::string text =
        line.name + " at step " + thousands(static_cast<int64_t>(x)) + ": " + a.value(p->y);
    const auto span = std::ranges::find(line.band, x, &Span::x);
    if (span != line.band.end())
      text += " [" + a.value(span->low) + ", " + a.value(span->high) + "]";
    texts += label(left ? kLeft + 8 : kInnerRight - 4, row, text, left ? "start" : "end", "tip");
    row += 15;
  }
  return texts.empty() ? "" : "<g class=\"at\" tabindex=\"0\">" + svg + texts + "</g>";
}

std::string stops_of(const std::vector<Line>& lines, const Area& a) {
  std::set<double> seen;
  for (const Line& line : lines)
    if (!line.faint)
      for (const Point& p : line.points)
        if (std::isfinite(p.y)) seen.insert(p.x);
  const std::vector<double> all(seen.begin(), seen.end());
  std::vector<double> shown;
  for (const std::size_t i : spread(all.size(), kMostStops)) shown.push_back(all[i]);
  std::string svg;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double from = i == 0 ? kLeft : a.px((shown[i - 1] + shown[i]) / 2),
                 to = i + 1 == shown.size() ? kInnerRight : a.px((shown[i] + shown[i + 1]) / 2);
    svg += stop_of(lines, a, shown[i], from, to);
  }
  return svg;
}

std::string ticks_of(const std::vector<Tick>& ticks, const Area& a) {
  int runs = 1;
  for (const Tick& t : ticks) runs = std::max(runs, t.run + 1);
  std::string svg;
  for (const Tick& t : ticks) {
    const double tall = 14.0 / runs, from = kInnerBottom + 4 + tall * t.run, x = a.px(t.x);
    const bool left = x > (kLeft + kInnerRight) / 2;
    svg += "<g tabindex=\"0\">" + stroke("tick " + colour_of(t.run), x, from, x, from + tall) +
           label(left ? kLeft + 8 : kInnerRight - 4, kInnerBottom - 6, t.text,
               left ? "start" : "end", "tip") +
           "</g>";
  }
  return svg;
}

}  // namespace

std::string chart_clip() {
  constexpr double kRoom = 5;  // for the dots at the edge
  return "<svg class=\"clip\" aria-hidden=\"true\"><clipPath id=\"frame\">" +
         rectangle("", kLeft - kRoom, kTop - kRoom, kInnerRight - kLeft + 2 * kRoom,
             kInnerBottom - kTop + 2 * kRoom) +
         "</clipPath></svg>";
}

std::string line_chart(const std::string& title, const std::vector<Line>& lines,
    const std::vector<Tick>& ticks, bool percent) {
  if (std::ranges::none_of(lines, drawn)) return "";
  Area a{scale_of(lines, percent), 1, percent};
  for (const Line& line : lines)
    for (const Point& p : line.points) a.last = std::max(a.last, p.x);
  std::string faint, bands, curves, legend;
  for (const Line& line : lines) {
    if (!drawn(line)) continue;
    bands += band_of(line, a);
    (line.faint ? faint : curves) += polylines_of(line, a);
    if (!line.name.empty()) legend += key(kind_of(line), line.name);
  }
  // What the script needs to zoom: the frame in the picture's units, then what it spans.
  std::string data;
  for (const double v : {kLeft, kTop, kInnerRight, kInnerBottom, 0.0, a.last, a.y.low, a.y.high})
    data += number(v) + " ";
  data += a.y.logarithmic ? "1 " : "0 ";
  data += percent ? "1" : "0";
  const std::string svg = open_svg(title, kWidth, kHeight) + frame(a) +
                          "<g class=\"plot\" data-frame=\"" + data + "\">" + faint + bands +
                          curves + stops_of(lines, a) + rectangle("pick", kLeft, kTop, 0, 0) +
                          "</g><g class=\"under\">" + ticks_of(ticks, a) + "</g></svg>";
  return figure(title + (a.y.logarithmic ? " (logarithmic scale)" : ""), svg,
      legend +
          "<span class=\"hint\">Drag or pinch to zoom in, double-click or double-tap to go "
          "back.</span>");
}

}  // namespace lively::lab
