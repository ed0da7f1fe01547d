#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lively::lab {

// Charts of a study, as inline SVG: numbers on hover and focus, every line told apart by its mark
// and stroke and every region by a letter, so that colour adds to them but is not needed. Values
// that are not finite, and those <= 0 on a logarithmic axis, are left out; a chart of nothing is
// empty.

struct Axes {
  std::string x, y;  // what they count
  bool log_x = false, log_y = false;
  bool percent = false;     // y is a share, or a difference of shares
  std::string unit = " %";  // of these
};

constexpr std::size_t kMostLines = 8;  // that can be told apart

// A value with its 95 % interval; bounds that are not finite: it has none.
struct Measured {
  double x, y, low, high;
};
struct IntervalLine {
  std::string name;
  std::vector<Measured> points;
  bool dashed = false;
};
// Dose and response: a mark with whiskers at each point, joined by lines. The first kMostLines.
std::string interval_chart(
    const std::string& title, const Axes& axes, const std::vector<IntervalLine>& lines);
// Many points a line: the band between the bounds is filled, and a few of the points are marked.
std::string band_chart(
    const std::string& title, const Axes& axes, const std::vector<IntervalLine>& lines);

struct Dot {
  std::string name;
  double x, y, low, high;  // bounds of y
  std::string group;       // dots of one group look alike; the first kMostLines groups
  std::string more{};      // what hover adds to the name
};
// Each dot with its name beside it where there is room, else with a number that the legend
// explains.
std::string scatter_chart(const std::string& title, const Axes& axes, const std::vector<Dot>& dots);

struct Region {
  std::string name;
  char letter;     // stands in each of its cells
  int colour = 0;  // below kMostLines
};
struct MapCell {
  int region = -1;   // of the list; -1: unknown
  std::string text;  // more about it, for hover
};
struct MapPlace {
  std::size_t column, row;
};
// What becomes of each pair (x, y): cells row by row, the first row at the bottom, as y grows
// upwards. `here` is ringed, and an arrow leads from it to `cure`. Throws nothing: cells that lack
// are unknown.
std::string region_map(const std::string& title, const Axes& axes,
    const std::vector<std::string>& x_labels, const std::vector<std::string>& y_labels,
    const std::vector<MapCell>& cells, const std::vector<Region>& regions,
    std::optional<MapPlace> here = {}, std::optional<MapPlace> cure = {});

}  // namespace lively::lab
