#include <algorithm>
#include <cmath>

#include "apps/lab/page/plot_area.h"
#include "apps/lab/page/study_charts.h"
#include "apps/lab/page/svg.h"

namespace lively::lab {
namespace {

constexpr double kMostWide = 64, kTall = 30;
constexpr double kCellsFrom = 42;  // under the tips

struct Sides {
  double left, wide, bottom;
  double x(double column) const { return left + wide * column; }
  double y(double row) const { return bottom - kTall * (row + 1); }  // the cell's upper side
};

std::string ring(const Sides& at, const MapPlace& p, const std::string& kind) {
  return rectangle(kind.c_str(), at.x(static_cast<double>(p.column)) + 2,
      at.y(static_cast<double>(p.row)) + 2, at.wide - 5, kTall - 5);
}

// From the edge of one cell to the edge of the other, with a head.
std::string arrow(const Sides& at, const MapPlace& from, const MapPlace& to) {
  const auto middle = [&](const MapPlace& p) {
    return std::pair{
        at.x(static_cast<double>(p.column) + 0.5), at.y(static_cast<double>(p.row)) + kTall / 2};
  };
  const auto [x1, y1] = middle(from);
  const auto [x2, y2] = middle(to);
  const double dx = x2 - x1, dy = y2 - y1, length = std::hypot(dx, dy);
  if (length < 1) return "";
  // What part of the way lies inside of a cell, which is as far from its middle on both sides.
  const double inside = std::min(dx != 0 ? (at.wide - 4) / 2 / std::abs(dx) : 1.0,
      dy != 0 ? (kTall - 4) / 2 / std::abs(dy) : 1.0);
  const double ax = x1 + inside * dx, ay = y1 + inside * dy, bx = x2 - inside * dx,
               by = y2 - inside * dy, ux = dx / length, uy = dy / length;
  const auto corner = [&](double back, double aside) {
    return fixed(bx - back * ux - aside * uy) + "," + fixed(by - back * uy + aside * ux) + " ";
  };
  return stroke("arrow under", ax, ay, bx, by) + stroke("arrow", ax, ay, bx - 6 * ux, by - 6 * uy) +
         "<polygon class=\"head\" points=\"" + corner(0, 0) + corner(10, 5) + corner(10, -5) +
         "\"/>";
}

std::string region_key(const Region& r) {
  return "<span class=\"entry\"><svg class=\"swatch\" viewBox=\"0 0 20 16\" "
         "aria-hidden=\"true\">" +
         rectangle(("region region" + std::to_string(r.colour)).c_str(), 0, 0, 20, 16) +
         label(10, 12, std::string(1, r.letter), "middle", "letter") + "</svg> " + escaped(r.name) +
         "</span>";
}

}  // namespace

std::string region_map(const std::string& title, const Axes& axes,
    const std::vector<std::string>& x_labels, const std::vector<std::string>& y_labels,
    const std::vector<MapCell>& cells, const std::vector<Region>& regions,
    std::optional<MapPlace> here, std::optional<MapPlace> cure) {
  if (x_labels.empty() || y_labels.empty()) return "";
  std::size_t longest = 3, widest = 1;
  for (const std::string& l : y_labels) longest = std::max(longest, l.size());
  for (const std::string& l : x_labels) widest = std::max(widest, l.size());
  const double left = 14 + 10 * static_cast<double>(std::min<std::size_t>(longest, 24)),
               columns = static_cast<double>(x_labels.size()),
               rows = static_cast<double>(y_labels.size());
  const Sides at{left, std::min(kMostWide, (PlotArea::kWidth - left - PlotArea::kRight) / columns),
      kCellsFrom + kTall * rows};
  const double height = at.bottom + PlotArea::kBottom, right = at.x(columns);
  std::string svg =
      open_svg(title, PlotArea::kWidth, height) + label(0, 14, axes.y, "start", "axis");
  for (std::size_t r = 0; r < y_labels.size(); ++r)
    svg += label(left - 6, at.y(static_cast<double>(r)) + kTall / 2 + 4, y_labels[r], "end");
  const auto every = static_cast<std::size_t>(11 * static_cast<double>(widest) / at.wide) + 1;
  for (std::size_t c = 0; c < x_labels.size(); c += every)
    svg += label(at.x(static_cast<double>(c) + 0.5), at.bottom + 20, x_labels[c], "middle");
  svg += label(right, height - 8, axes.x, "end", "axis");
  std::vector<bool> used(regions.size());
  for (std::size_t r = 0; r < y_labels.size(); ++r)
    for (std::size_t c = 0; c < x_labels.size(); ++c) {
      const std::size_t i = r * x_labels.size() + c;
      const double x = at.x(static_cast<double>(c)), y = at.y(static_cast<double>(r));
      const std::string where =
          axes.x + " " + x_labels[c] + ", " + axes.y + " " + y_labels[r] + ": ";
      if (i >= cells.size() || cells[i].region < 0 ||
          cells[i].region >= static_cast<int>(regions.size())) {
        svg += rectangle("cell", x, y, at.wide - 1, kTall - 1);
        continue;
      }
      const auto k = static_cast<std::size_t>(cells[i].region);
      const Region& region = regions[k];
      used[k] = true;
      svg += tipped(left, PlotArea::kTip,
          where + region.name + (cells[i].text.empty() ? "" : ", " + cells[i].text),
          rectangle(("region region" + std::to_string(region.colour)).c_str(), x, y, at.wide - 1,
              kTall - 1) +
              label(x + (at.wide - 1) / 2, y + kTall / 2 + 4, std::string(1, region.letter),
                  "middle", "letter"));
    }
  std::string legend;
  for (std::size_t k = 0; k < regions.size(); ++k)
    if (used[k]) legend += region_key(regions[k]);
  if (here) {
    svg += ring(at, *here, "ring");
    legend += "<span class=\"entry\">framed: the network that was asked about</span>";
  }
  if (here && cure) {
    svg += arrow(at, *here, *cure);
    legend += "<span class=\"entry\">arrow: the nearest cure</span>";
  }
  return figure(title, svg + "</svg>", legend);
}

}  // namespace lively::lab
