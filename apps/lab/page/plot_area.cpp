#include "apps/lab/page/plot_area.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kInset = 18;  // so that no mark lies on the frame

// Numbers to write at an axis: about six, and of a logarithmic one that spans less than two decades
// also the halves and fifths.
std::vector<double> marks_of(const Scale& scale) {
  std::vector<double> all;
  if (!scale.logarithmic) {
    const double raw = (scale.high - scale.low) / 6,
                 base = std::pow(10, std::floor(std::log10(raw)));
    double by = 10 * base;
    for (const double m : {5.0, 2.0, 1.0})
      if (m * base >= raw * (1 - 1e-9)) by = m * base;
    for (double i = std::ceil(scale.low / by - 1e-9); i * by <= scale.high + by * 1e-9; ++i)
      all.push_back(i * by + 0.0);  // no -0
    return all;
  }
  if (scale.high >= 100 * scale.low) return scale.marks();
  for (double decade = std::pow(10, std::floor(std::log10(scale.low)));
       decade <= scale.high && all.size() < 12; decade *= 10)
    for (const double m : {1.0, 2.0, 5.0})
      if (m * decade >= scale.low * (1 - 1e-9) && m * decade <= scale.high * (1 + 1e-9))
        all.push_back(m * decade);
  return all;
}

Scale scale_over(double low, double high, bool logarithmic) {
  if (!(low <= high)) return {logarithmic ? 1.0 : 0.0, logarithmic ? 10.0 : 1.0, logarithmic};
  if (logarithmic) return {low, high > low ? high : low * 10, true};
  if (high > low) return {low, high, false};
  const double room = low == 0 ? 1 : std::abs(low) / 2;
  return {low - room, high + room, false};
}

}  // namespace

PlotArea::PlotArea(const Axes& axes, double height, std::vector<std::pair<double, double>> seen)
    : axes_(axes), height_(height) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  double left = kNone, right = -kNone, low = kNone, high = -kNone;
  for (const auto& [at, value] : seen) {
    if (!shows(at, value)) continue;
    left = std::min(left, at), right = std::max(right, at);
    low = std::min(low, value), high = std::max(high, value);
  }
  if (axes.percent && low <= high) {
    if (low >= 0) high = std::max(high, std::min(1.0, 1.2 * high));
    if (low < 0) high = std::max(high, 0.0);
    low = std::min(low, 0.0);
  }
  x_ = scale_over(left, right, axes.log_x), y_ = scale_over(low, high, axes.log_y);
}

bool PlotArea::shows(double x, double y) const {
  return std::isfinite(x) && std::isfinite(y) && (!axes_.log_x || x > 0) && (!axes_.log_y || y > 0);
}

double PlotArea::x(double v) const {
  return kLeft + kInset +
         std::clamp(x_.place(v), 0.0, 1.0) * (kWidth - kLeft - kRight - 2 * kInset);
}

double PlotArea::y(double v) const {
  const double inside = std::clamp(v, y_.low, y_.high);  // a bound may be 0 on a logarithmic axis
  return kTop + kInset + (1 - y_.place(inside)) * (height_ - kTop - kBottom - 2 * kInset);
}

std::string PlotArea::value(double v) const {
  return axes_.percent ? percent(v) + axes_.unit : compact(v);
}

std::string PlotArea::interval(double low, double high) const {
  if (!std::isfinite(low) || !std::isfinite(high)) return "";
  return " [" +
         (axes_.percent ? percent(low) + ", " + percent(high)
                        : compact(low) + ", " + compact(high)) +
         "]";
}

std::string PlotArea::frame() const {
  std::string svg = label(0, 14, axes_.y, "start", "axis");
  const double right = kWidth - kRight;
  const double span = y_.high - y_.low;
  const int digits = span < 0.006 ? 2 : span < 0.06 ? 1 : 0;
  for (const double v : marks_of(y_))
    svg += stroke(!axes_.log_y && std::abs(v) < 1e-12 ? "grid zero" : "grid", kLeft, y(v), right,
               y(v)) +
           label(kLeft - 6, y(v) + 4, axes_.percent ? percent(v, digits) + axes_.unit : compact(v),
               "end");
  for (const double v : marks_of(x_))
    svg += stroke("grid", x(v), bottom(), x(v), bottom() + 5) +
           label(x(v), bottom() + 20, compact(v), "middle");
  return svg + stroke("grid", kLeft, bottom(), right, bottom()) +
         label(right, height_ - 8, axes_.x, "end", "axis");
}

std::string mark(int kind, double x, double y) {
  // Around (0, 0), about as heavy as each other.
  static constexpr const char* kShapes[kMostLines] = {"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
      "M-3.6-3.6h7.2v7.2h-7.2z", "M0-5L4.6 3.4h-9.2z", "M0-5.2L4.4 0L0 5.2L-4.4 0z",
      "M0 5L4.6-3.4h-9.2z", "M-4-4L4 4M-4 4L4-4", "M0-5V5M-5 0H5",
      "M-4.4 0L-2.2-4h4.4L4.4 0L2.2 4h-4.4z"};
  return "<path class=\"mark run" + std::to_string(kind) + "\" transform=\"translate(" + fixed(x) +
         " " + fixed(y) + ")\" d=\"" + kShapes[kind] + "\"/>";
}

std::string whisker(const PlotArea& area, int kind, double x, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return "";
  const std::string of = "whisker run" + std::to_string(kind);
  const double from = area.y(low), to = area.y(high);
  return stroke(of, x, from, x, to) + stroke(of, x - 3, from, x + 3, from) +
         stroke(of, x - 3, to, x + 3, to);
}

std::string line_class(int kind, bool dashed) {
  return "run" + std::to_string(kind) + (dashed ? " dashed" : kind >= 4 ? " dotted" : "");
}

std::string mark_key(int kind, bool dashed, bool with_line, const std::string& name) {
  const std::string line =
      "<polyline class=\"" + line_class(kind, dashed) + "\" points=\"0,7 36,7\"/>";
  return "<span class=\"entry\"><svg class=\"sample\" viewBox=\"0 0 36 14\" aria-hidden=\"true\">" +
         (with_line ? line : "") + mark(kind, 18, 7) + "</svg>" + escaped(name) + "</span>";
}

}  // namespace lively::lab
