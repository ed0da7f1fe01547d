#include "apps/lab/page/field_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kSide = 480;
constexpr double kHold = 2;  // seconds that the last frame stays
constexpr std::size_t kMostFrames = 40, kMostDrawn = 64, kMostSamples = 400;

// The plane's [low, high] x [low, high] as a picture with y upwards.
struct Place {
  double low, high;
  double x(double v) const { return (v - low) / (high - low) * kSide; }
  double y(double v) const { return kSide - x(v); }
};

// Classes as runs of equal cells, a path each.
std::string field_of(const RunLog::Frame& f) {
  std::array<std::string, 4> paths;
  const double w = kSide / static_cast<double>(f.width), h = kSide / static_cast<double>(f.height);
  for (int64_t r = 0; r < f.height; ++r) {
    for (int64_t from = 0, to; from < f.width; from = to) {
      const auto at = [&](int64_t c) {
        return static_cast<unsigned char>(f.field[static_cast<std::size_t>(r * f.width + c)]);
      };
      for (to = from + 1; to < f.width && at(to) == at(from);) ++to;
      const std::string across = fixed(w * static_cast<double>(to - from));
      paths[at(from) % 4] += "M" + fixed(w * static_cast<double>(from)) + " " +
                             fixed(h * static_cast<double>(r)) + "h" + across + "v" + fixed(h) +
                             "h-" + across + "z";
    }
  }
  std::string svg;
  for (std::size_t k = 0; k < 4; ++k)
    if (!paths[k].empty())
      svg += "<path class=\"land part" + std::to_string(k) + "\" d=\"" + paths[k] + "\"/>";
  return svg;
}

// The same line with weights of at most 1: no step of what follows overflows.
RunLog::Line scaled(const RunLog::Line& l) {
  const double by = std::max(std::abs(l.w1), std::abs(l.w2));
  return {l.w1 / by, l.w2 / by, l.b / by, l.dead};
}

// Where w1 x + w2 y + b = 0 crosses the square; false if it does not.
bool crossing(const RunLog::Line& l, const Place& at, std::array<double, 4>& ends) {
  if (!std::isfinite(l.w1) || !std::isfinite(l.w2) || !std::isfinite(l.b)) return false;
  std::vector<std::array<double, 2>> found;
  const auto keep = [&](double x, double y) {
    const double slack = 1e-9 * (at.high - at.low);
    const bool within = x >= at.low - slack && x <= at.high + slack && y >= at.low - slack &&
                        y <= at.high + slack;  // NaN is not
    if (!within) return;
    for (const auto& p : found)
      if (std::hypot(p[0] - x, p[1] - y) < 1e-6 * (at.high - at.low)) return;
    found.push_back({x, y});
  };
  for (const double edge : {at.low, at.high}) {
    if (l.w2 != 0) keep(edge, -(l.b + l.w1 * edge) / l.w2);
    if (l.w1 != 0) keep(-(l.b + l.w2 * edge) / l.w1, edge);
  }
  if (found.size() < 2) return false;
  ends = {at.x(found[0][0]), at.y(found[0][1]), at.x(found[1][0]), at.y(found[1][1])};
  return std::ranges::all_of(ends, [](double v) { return std::isfinite(v); });
}

// The line, and a short stroke from its middle to the side on which the unit fires.
std::string line_of(const RunLog::Line& unscaled, std::size_t unit, const Place& at, bool& inside) {
  const RunLog::Line l = scaled(unscaled);
  std::array<double, 4> e{};
  inside = crossing(l, at, e);
  if (!inside) return "";
  constexpr double kFlag = 12;
  const double norm = std::hypot(l.w1, l.w2), mx = (e[0] + e[2]) / 2, my = (e[1] + e[3]) / 2;
  const std::string kind = l.dead ? "gone" : "fires";
  return tipped(4, 16,
      "unit " + std::to_string(unit) +
          (l.dead ? ": dead, no point lies on its side"
                  : ": fires on the side of its short stroke"),
      stroke(kind, e[0], e[1], e[2], e[3]) +
          stroke(kind, mx, my, mx + kFlag * l.w1 / norm, my - kFlag * l.w2 / norm));
}

std::string points_of(const RunLog& run, const Place& at) {
  std::string svg;
  const std::size_t every = run.points.size() / kMostSamples + 1;
  for (std::size_t i = 0; i < run.points.size(); i += every) {
    const RunLog::Sample& p = run.points[i];
    const int64_t k = (p.label % 4 + 4) % 4;
    const std::string kind = "class=\"point part" + std::to_string(k) + "\"";
    const double x = at.x(p.x), y = at.y(p.y);
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    if (k % 2 == 0) {
      svg += "<circle " + kind + " r=\"3\" cx=\"" + fixed(x) + "\" cy=\"" + fixed(y) + "\"/>";
    } else {
      svg += "<rect " + kind + " width=\"5\" height=\"5\" x=\"" + fixed(x - 2.5) + "\" y=\"" +
             fixed(y - 2.5) + "\"/>";
    }
  }
  return svg;
}

std::string drawn_frame(
    const RunLog::Frame& f, const std::string& points, bool first, std::string& says) {
  const Place at{f.low, f.high};
  std::string lines;
  int64_t dead = 0, outside = 0;
  for (std::size_t u = 0; u < f.lines.size(); ++u) {
    bool inside = false;
    const std::string line = line_of(f.lines[u], u, at, inside);
    if (u < kMostDrawn) lines += line;
    dead += f.lines[u].dead;
    outside += !inside;
  }
  says = "step " + thousands(f.step) + ": " + thousands(dead) + " of " +
         thousands(static_cast<int64_t>(f.lines.size())) + " units dead";
  if (outside > 0)
    says +=
        ", " + thousands(outside) + (outside == 1 ? " line" : " lines") + " outside of the picture";
  // Points are drawn once, and referred to from the other frames.
  const std::string shared = first ? "<g id=\"" + points.substr(0, points.find('\n')) + "\">" +
                                         points.substr(points.find('\n') + 1) + "</g>"
                                   : "<use href=\"#" + points.substr(0, points.find('\n')) + "\"/>";
  return open_svg("The plane at " + says, kSide, kSide) + field_of(f) + shared + lines +
         "</svg><p>" + escaped(says) + "</p>";
}

}  // namespace

std::string field_chart(const RunLog& run, const std::string& name) {
  if (run.frames.empty()) return "";
  std::vector<const RunLog::Frame*> all, shown;
  for (const RunLog::Frame& f : run.frames) {
    if (!all.empty() && all.back()->step == f.step) all.pop_back();  // two censuses of one step
    all.push_back(&f);
  }
  for (const std::size_t i : spread(all.size(), kMostFrames)) shown.push_back(all[i]);
  const std::size_t count = shown.size();
  const RunLog::Frame& last = *shown.back();
  const std::string points = name + "-points\n" + points_of(run, {last.low, last.high});
  // Plays by itself: each frame is visible for its share of a round, the last one longer.
  const double each = std::clamp(12.0 / static_cast<double>(count), 0.4, 1.0),
               round = each * static_cast<double>(count) + kHold;
  const auto moves = [&](const std::string& of, double seconds) {
    return "@keyframes " + of + "{0%{visibility:visible}" + fixed(100 * seconds / round) +
           "%{visibility:hidden}}";
  };
  std::string html = "<style>" + moves(name, each) + moves(name + "-last", each + kHold) +
                     "</style><fieldset class=\"film\" style=\"grid-template-columns:auto repeat(" +
                     std::to_string(count) +
                     ",minmax(0,1fr))\"><legend>It plays by itself; to stop it, click a mark or go "
                     "through them with the arrow keys</legend><input type=\"radio\" name=\"" +
                     name + "\" class=\"play\" aria-label=\"play\" checked>";
  for (std::size_t i = 0; i < count; ++i) {
    std::string says, frame = drawn_frame(*shown[i], points, i == 0, says);
    const bool in_print = i == 0 || i + 1 == count || i == count / 2, end = i + 1 == count;
    html += "<input type=\"radio\" name=\"" + name + "\" aria-label=\"" + escaped(says) +
            "\"><div class=\"frame" + (in_print ? " printed" : "") + (end ? " last" : "") +
            "\" style=\"--film:" + name + (end ? "-last " : " ") + fixed(round) +
            "s;--at:" + fixed(each * static_cast<double>(i)) + "s\">" + frame + "</div>";
  }
  std::string legend = key("ink",
                           "where a unit of the first layer begins to fire; the short stroke shows "
                           "the side on which it does") +
                       key("gone", "a dead one: every point lies on its other side");
  if (last.lines.size() > kMostDrawn)
    legend += "<span class=\"entry\">the lines of the first " + std::to_string(kMostDrawn) +
              " units</span>";
  return "<figure>" + html + "</fieldset><p class=\"legend\">" + legend + "</p></figure>";
}

}  // namespace lively::lab
