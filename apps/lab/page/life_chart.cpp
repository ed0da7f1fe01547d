#include "apps/lab/page/life_chart.h"

#include <algorithm>

#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {

std::string life_lines(
    const std::string& title, const std::vector<LifeLine>& units, double last_step) {
  constexpr double kWidth = 720, kRight = 14, kTop = 24, kBottom = 26, kTip = 14;
  constexpr std::size_t kMost = 150;
  const std::size_t shown = std::min(units.size(), kMost);
  const double row =
      std::clamp(900 / static_cast<double>(std::max<std::size_t>(1, shown)), 6.0, 18.0);
  std::size_t longest = 0;
  for (std::size_t i = 0; i < shown; ++i) longest = std::max(longest, units[i].label.size());
  const double left = 14 + 6.6 * static_cast<double>(std::min<std::size_t>(longest, 36));
  const double height = kTop + row * static_cast<double>(shown) + kBottom,
               last = std::max(1.0, last_step);
  const auto px = [&](double v) {
    return left + std::clamp(v / last, 0.0, 1.0) * (kWidth - left - kRight);
  };
  std::string svg =
      open_svg(title, kWidth, height) + "<g class=\"lives\" style=\"--row:" + fixed(row) + "px\">";
  std::string names;
  for (std::size_t i = 0; i < shown; ++i) {
    const LifeLine& unit = units[i];
    const double y = kTop + row * static_cast<double>(i) + row / 2;
    bool dead = unit.born_dead;
    double from = 0;
    std::string marks;
    const auto draw = [&](double to) {
      if (to > from || marks.empty())
        marks += stroke(dead ? "gone" : "fires", px(from), y, px(to), y);
      from = to;
    };
    for (const LifeLine::Turn& turn : unit.turns) {
      draw(turn.step);
      dead = turn.dead;
    }
    if (from < last) draw(last);
    svg += tipped(4, kTip, unit.name, marks);
    // Rows too low for a label each have one where it changes.
    if (row >= 12 || i == 0 || unit.label != units[i - 1].label)
      names += label(left - 6, y + 4, unit.label, "end");
  }
  svg += "</g>" + names;
  for (const double v : Scale{0, last, false}.marks())
    svg += label(px(v), height - 6, thousands(static_cast<int64_t>(v)),
        v <= 0             ? "start"
        : v >= 0.97 * last ? "end"
                           : "middle");
  std::string legend = key("fires", "fires") + key("thin", "dead");
  if (shown < units.size())
    legend += "<span class=\"entry\">the first " + std::to_string(shown) + " of " +
              thousands(static_cast<int64_t>(units.size())) + " rows</span>";
  return figure(title, dense(svg + "</svg>"), legend);
}

}  // namespace lively::lab
