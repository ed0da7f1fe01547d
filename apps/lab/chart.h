#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// Text for a page: & < > " ' escaped, so that no name can become markup.
std::string escaped(const std::string& text);

// Pictures for a page, as inline SVG: readable without colour, with numbers on hover and focus.

struct Point {
  double x, y;  // a y that is not finite breaks the line
};
struct Line {
  std::string name;
  std::vector<Point> points;
  int run = 0;         // its colour
  bool dashed = false;
};
struct Tick {
  double x;
  std::string text;
};

// Lines over steps, on a logarithmic scale if they span more than a factor of 100 above 0; `ticks` are
// marked under them.
std::string line_chart(const std::string& title, const std::vector<Line>& lines, const std::vector<Tick>& ticks, bool percent);

struct HeatRow {
  std::string name;
  std::vector<double> shares;       // 0 to 1, one a column
  std::vector<std::string> texts;   // "12 of 128 dead"
};
// Rows over columns, darker for more.
std::string heat_map(const std::string& title, const std::vector<std::string>& columns, const std::vector<HeatRow>& rows);

struct LifeLine {
  std::string name;
  std::vector<double> turns;  // steps at which it changes between firing and dead
  bool born_dead = false;
};
// One thin row a unit: coloured while it fires, grey while it is dead.
std::string life_lines(const std::string& title, const std::vector<LifeLine>& units, double last_step);

}  // namespace lively::lab
