#include "apps/lab/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "apps/lab/text.h"

namespace lively::lab {
namespace {

constexpr double kWidth = 720, kHeight = 220, kLeft = 64, kRight = 12, kTop = 12, kBottom = 28;

std::string fixed(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

std::string open_svg(const std::string& title, double height) {
  return "<svg viewBox=\"0 0 " + fixed(kWidth) + " " + fixed(height) + "\" role=\"img\" aria-label=\"" + escaped(title) + "\">";
}

std::string label(double x, double y, const std::string& text, const char* anchor) {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(text) + "</text>";
}

// A round number of about a fifth of the span.
double step_of(double span) {
  const double raw = span / 4, base = std::pow(10, std::floor(std::log10(raw)));
  for (const double m : {1.0, 2.0, 5.0})
    if (m * base >= raw) return m * base;
  return 10 * base;
}

struct Scale {
  double low = 0, high = 1;
  bool logarithmic = false;

  double place(double v) const {
    if (logarithmic) return (std::log10(v) - std::log10(low)) / (std::log10(high) - std::log10(low));
    return (v - low) / (high - low);
  }
  std::vector<double> marks() const {
    std::vector<double> all;
    if (logarithmic) {
      const double first = std::ceil(std::log10(low) - 1e-9), last = std::floor(std::log10(high) + 1e-9);
      const double by = std::max(1.0, std::ceil((last - first) / 5));
      for (double e = first; e <= last; e += by) all.push_back(std::pow(10, e));
    } else {
      const double by = step_of(high - low);
      for (double v = std::ceil(low / by) * by; v <= high + by * 1e-9; v += by) all.push_back(v);
    }
    return all;
  }
};

Scale scale_of(const std::vector<Line>& lines, bool percent) {
  if (percent) return {0, 1, false};
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Line& line : lines) {
    for (const Point& p : line.points) {
      if (!std::isfinite(p.y)) continue;
      low = std::min(low, p.y);
      high = std::max(high, p.y);
    }
  }
  if (!(low <= high)) return {};
  if (low > 0 && high > 100 * low) return {low, high, true};
  if (low > 0) low = 0;
  return {low, high > low ? high : low + 1, false};
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string line_chart(const std::string& title, const std::vector<Line>& lines, const std::vector<Tick>& ticks, bool percent) {
  const Scale y = scale_of(lines, percent);
  double last = 1;
  for (const Line& line : lines)
    for (const Point& p : line.points) last = std::max(last, p.x);
  const auto px = [&](double v) { return kLeft + v / last * (kWidth - kLeft - kRight); };
  const auto py = [&](double v) { return kTop + (1 - y.place(v)) * (kHeight - kTop - kBottom); };
  std::string svg = open_svg(title, kHeight);
  for (const double v : y.marks()) {
    svg += "<line class=\"grid\" x1=\"" + fixed(kLeft) + "\" x2=\"" + fixed(kWidth - kRight) + "\" y1=\"" + fixed(py(v)) + "\" y2=\"" + fixed(py(v)) + "\"/>";
    svg += label(kLeft - 6, py(v) + 4, percent ? lively::lab::percent(v, 0) + " %" : compact(v), "end");
  }
  const Scale x{0, last, false};
  for (const double v : x.marks()) svg += label(px(v), kHeight - 8, thousands(static_cast<int64_t>(v)), "middle");
  for (const Tick& t : ticks)
    svg += "<line class=\"tick\" tabindex=\"0\" x1=\"" + fixed(px(t.x)) + "\" x2=\"" + fixed(px(t.x)) + "\" y1=\"" + fixed(kHeight - kBottom) +
           "\" y2=\"" + fixed(kHeight - kBottom + 8) + "\"><title>" + escaped(t.text) + "</title></line>";
  for (const Line& line : lines) {
    std::string points;
    const auto draw = [&] {
      if (!points.empty())
        svg += "<polyline class=\"run" + std::to_string(line.run % 4) + (line.dashed ? " dashed" : "") + "\" points=\"" + points + "\"><title>" +
               escaped(line.name) + "</title></polyline>";
      points.clear();
    };
    for (const Point& p : line.points) {
      if (std::isfinite(p.y) && (!y.logarithmic || p.y > 0)) {
        points += fixed(px(p.x)) + "," + fixed(py(std::clamp(p.y, y.low, y.high))) + " ";
      } else {
        draw();
      }
    }
    draw();
  }
  svg += "</svg><p class=\"legend\">";
  for (const Line& line : lines)
    svg += "<span class=\"key run" + std::to_string(line.run % 4) + (line.dashed ? " dashed" : "") + "\"></span>" + escaped(line.name) + " &#160; ";
  return "<figure><figcaption>" + escaped(title) + "</figcaption>" + svg + "</p></figure>";
}

std::string heat_map(const std::string& title, const std::vector<std::string>& columns, const std::vector<HeatRow>& rows) {
  constexpr double kRow = 18, kNames = 130;
  const double height = kTop + kRow * static_cast<double>(rows.size()) + kBottom, room = kWidth - kNames - kRight;
  const double width = room / static_cast<double>(std::max<std::size_t>(1, columns.size()));
  std::string svg = open_svg(title, height);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = kTop + kRow * static_cast<double>(r);
    svg += label(kNames - 6, y + 13, rows[r].name, "end");
    for (std::size_t c = 0; c < rows[r].shares.size(); ++c) {
      const std::string text = rows[r].name + ", " + columns[c] + ": " + rows[r].texts[c];
      char share[16];
      std::snprintf(share, sizeof share, "%.3f", std::clamp(rows[r].shares[c], 0.0, 1.0));
      svg += "<g tabindex=\"0\" aria-label=\"" + escaped(text) + "\"><title>" + escaped(text) + "</title><rect class=\"cell\" x=\"" +
             fixed(kNames + width * static_cast<double>(c)) + "\" y=\"" + fixed(y) + "\" width=\"" + fixed(width - 1) + "\" height=\"" + fixed(kRow - 1) +
             "\"/><rect class=\"heat\" fill-opacity=\"" + share + "\" x=\"" + fixed(kNames + width * static_cast<double>(c)) + "\" y=\"" + fixed(y) +
             "\" width=\"" + fixed(width - 1) + "\" height=\"" + fixed(kRow - 1) + "\"/></g>";
    }
  }
  const std::size_t every = std::max<std::size_t>(1, columns.size() * 70 / static_cast<std::size_t>(room) + 1);
  for (std::size_t c = 0; c < columns.size(); c += every)
    svg += label(kNames + width * (static_cast<double>(c) + 0.5), height - 8, columns[c], "middle");
  svg += "</svg><p class=\"legend\">no unit dead ";
  for (const char* share : {"0", "0.25", "0.5", "0.75", "1"})
    svg += std::string("<svg class=\"swatch\" viewBox=\"0 0 16 12\"><rect class=\"cell\" width=\"16\" height=\"12\"/><rect class=\"heat\" width=\"16\" height=\"12\" fill-opacity=\"") +
           share + "\"/></svg>";
  return "<figure><figcaption>" + escaped(title) + "</figcaption>" + svg + " all dead</p></figure>";
}

std::string life_lines(const std::string& title, const std::vector<LifeLine>& units, double last_step) {
  constexpr double kRow = 4, kMost = 300;
  const std::size_t shown = std::min<std::size_t>(units.size(), kMost);
  const double height = kTop + kRow * static_cast<double>(shown) + kBottom, last = std::max(1.0, last_step);
  const auto px = [&](double v) { return kLeft + std::clamp(v / last, 0.0, 1.0) * (kWidth - kLeft - kRight); };
  std::string svg = open_svg(title, height);
  for (std::size_t i = 0; i < shown; ++i) {
    const LifeLine& unit = units[i];
    const std::string y = fixed(kTop + kRow * static_cast<double>(i) + kRow / 2);
    bool dead = unit.born_dead;
    double from = 0;
    svg += "<g tabindex=\"0\"><title>" + escaped(unit.name) + "</title>";
    const auto draw = [&](double to) {
      svg += std::string("<line class=\"") + (dead ? "gone" : "fires") + "\" x1=\"" + fixed(px(from)) + "\" x2=\"" + fixed(px(to)) + "\" y1=\"" + y +
             "\" y2=\"" + y + "\"/>";
      from = to;
      dead = !dead;
    };
    for (const double turn : unit.turns) draw(turn);
    draw(last);
    svg += "</g>";
  }
  for (const double v : Scale{0, last, false}.marks()) svg += label(px(v), height - 8, thousands(static_cast<int64_t>(v)), "middle");
  svg += "</svg><p class=\"legend\"><span class=\"key fires\"></span>fires &#160; <span class=\"key gone\"></span>dead";
  if (shown < units.size()) svg += " &#160; the first " + std::to_string(shown) + " of " + thousands(static_cast<int64_t>(units.size())) + " units";
  return "<figure><figcaption>" + escaped(title) + "</figcaption>" + svg + "</p></figure>";
}

}  // namespace lively::lab
