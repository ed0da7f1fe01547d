#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// Charts for a page, as inline SVG: readable without colour, with numbers on hover and focus.

constexpr int kColours = 8;  // that lines can have

struct Point {
  double x, y;  // a y that is not finite breaks the line
};
// What a line is the middle of.
struct Span {
  double x, low, high;
};
struct Line {
  std::string name;  // in the legend; empty: it is not there
  std::vector<Point> points;
  int run = 0;  // its colour
  bool dashed = false;
  bool faint = false;        // in the background: it has no values on hover
  std::vector<Span> band{};  // filled, around it
};
struct Tick {
  double x;
  std::string text;
  int run = 0;
};

// Lines over steps, on a logarithmic scale, which the title then names, if they span more than a
// factor of 50 above 0; all points are within the scale. `ticks` are marked under them. Pointing at
// a step, or reaching it with the Tab key, shows the values there; where the page's script runs, a
// part can be dragged out to fill the chart. Nothing if no line has a point.
std::string line_chart(const std::string& title, const std::vector<Line>& lines,
    const std::vector<Tick>& ticks, bool percent);

// What such charts are cut off by when they are zoomed; a page needs it once.
std::string chart_clip();

struct HeatColumn {
  std::string name;     // "end of epoch 5, step 2,345, first 10,000": on hover
  std::string label;    // "2,345": under it
  std::string under{};  // "first 10,000": a second line, where `label` is that of another column
};
struct HeatRow {
  std::string name;
  std::vector<double> shares;      // 0 to 1, one a column; NaN: unknown
  std::vector<std::string> texts;  // "12 of 128 dead"
};
// Of columns in an order, as many names stand under them as have room; of others all do, slanted.
enum class Names : uint8_t { with_room, all };
// Rows over columns, darker for more; `none` and `all` say what the ends of the scale mean.
std::string heat_map(const std::string& title, const std::vector<HeatColumn>& columns,
    const std::vector<HeatRow>& rows, const std::string& none, const std::string& all,
    Names names_under = Names::with_room);

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
