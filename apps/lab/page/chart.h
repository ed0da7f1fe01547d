#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// Charts for a page, as inline SVG: readable without colour, with numbers on hover and focus.

struct Point {
  double x, y;  // a y that is not finite breaks the line
};
struct Line {
  std::string name;
  std::vector<Point> points;
  int run = 0;  // its colour
  bool dashed = false;
};
struct Tick {
  double x;
  std::string text;
  int run = 0;
};

// Lines over steps, on a logarithmic scale if they span more than a factor of 100 above 0; `ticks`
// are marked under them. Nothing if no line has a point.
std::string line_chart(const std::string& title, const std::vector<Line>& lines,
    const std::vector<Tick>& ticks, bool percent);

struct HeatRow {
  std::string name;
  std::vector<double> shares;      // 0 to 1, one a column; NaN: unknown
  std::vector<std::string> texts;  // "12 of 128 dead"
};
// Rows over columns, darker for more; `none` and `all` say what the ends of the scale mean.
std::string heat_map(const std::string& title, const std::vector<std::string>& columns,
    const std::vector<HeatRow>& rows, const std::string& none, const std::string& all);

// Values from 0 to 1 as a line a few millimetres high.
std::string spark_line(const std::string& title, const std::vector<double>& values);

struct Part {
  std::string name;
  double value = 0;
};
// What parts a whole is made of, as one bar; parts may be below 0, and are then drawn on the other
// side.
std::string split_bar(const std::string& title, const std::vector<Part>& parts);

}  // namespace lively::lab
