#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/lab/page/study_charts.h"
#include "apps/lab/page/svg.h"

namespace lively::lab {

// Where the charts of a study draw: a frame with two named and numbered axes. A row is kept free
// at the top for what hover shows.
class PlotArea {
 public:
  static constexpr double kWidth = 720, kLeft = 70, kRight = 16, kTop = 40, kBottom = 56, kTip = 34;

  // Holds all that `seen` was given.
  PlotArea(const Axes& axes, double height, std::vector<std::pair<double, double>> seen);

  bool shows(double x, double y) const;  // finite, and > 0 on a logarithmic axis
  double x(double v) const;              // places of values; y is kept inside
  double y(double v) const;
  double height() const { return height_; }
  double bottom() const { return height_ - kBottom; }
  std::string value(double v) const;                    // as axis and hover write it: "12.5 %"
  std::string interval(double low, double high) const;  // " [1, 2]"; empty: it has none
  std::string frame() const;  // lines, numbers and names, to be drawn first

 private:
  const Axes axes_;
  const double height_;
  Scale x_, y_;
};

// The line's mark at a place: circle, square, triangle, diamond … by `kind` of [0, kMostLines).
std::string mark(int kind, double x, double y);
// The 95 % interval of a point; nothing where a bound is not finite.
std::string whisker(const PlotArea& area, int kind, double x, double low, double high);
std::string line_class(int kind, bool dashed);
// A line's name behind its mark and stroke.
std::string mark_key(int kind, bool dashed, bool with_line, const std::string& name);

}  // namespace lively::lab
