#include "apps/lab/page/chart.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kMapWidth = 720, kMapRight = 14, kMapTop = 24, kMapTip = 14;
constexpr double kApart = 8;

}  // namespace

std::string heat_map(const std::string& title, const std::vector<HeatColumn>& columns,
    const std::vector<HeatRow>& rows, const std::string& none, const std::string& all,
    Names names_under) {
  constexpr double kRow = 20;
  std::size_t longest = 0, longest_under = 0;
  for (const HeatRow& row : rows) longest = std::max(longest, row.name.size());
  for (const HeatColumn& c : columns) longest_under = std::max(longest_under, c.label.size());
  const double names = 16 + 8.5 * static_cast<double>(std::clamp<std::size_t>(longest, 4, 32));
  // Where the last two columns are of one step, the last stands apart, and has room for its name.
  const bool twins = columns.size() > 1 && !columns.back().under.empty();
  const double below = names_under == Names::all ? slanted_height(longest_under)
                       : twins                   ? 40
                                                 : 24,
               room = kMapWidth - names - kMapRight,
               count = static_cast<double>(std::max<std::size_t>(1, columns.size())),
               last = twins ? std::max(room / count, 80.0) : room / count,
               width = twins ? (room - last - kApart) / (count - 1) : last, gap = width > 4 ? 1 : 0;
  const double height = kMapTop + kRow * static_cast<double>(rows.size()) + below;
  const auto left = [&](std::size_t c) {
    return twins && c + 1 == columns.size() ? kMapWidth - kMapRight - last
                                            : names + width * static_cast<double>(c);
  };
  const auto filled = [&](double share, std::size_t c, double y) {
    char opacity[16];
    std::snprintf(opacity, sizeof opacity, "%.3g", std::clamp(share, 0.0, 1.0));
    return "<rect fill-opacity=\"" + std::string(opacity) + "\" x=\"" + fixed(left(c)) + "\" y=\"" +
           fixed(y) + "\" width=\"" + fixed((c + 1 == columns.size() ? last : width) - gap) +
           "\" height=\"" + fixed(kRow - 1) + "\"/>";
  };
  const double tall = height - kMapTop - below - 1;
  std::string svg =
      open_svg(title, kMapWidth, height) +
      rectangle("cell", names, kMapTop, room - gap - (twins ? last + kApart : 0), tall) +
      (twins ? rectangle("cell", left(columns.size() - 1), kMapTop, last - gap, tall) : "");
  std::string cells;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = kMapTop + kRow * static_cast<double>(r);
    svg += label(names - 6, y + 14, rows[r].name, "end");
    for (std::size_t c = 0; c < std::min(columns.size(), rows[r].shares.size()); ++c) {
      if (std::isnan(rows[r].shares[c])) {
        cells += rectangle("blank", left(c), y, c + 1 == columns.size() ? last : width, kRow);
        continue;
      }
      cells +=
          tipped(names, kMapTip, rows[r].name + ", " + columns[c].name + ": " + rows[r].texts[c],
              filled(rows[r].shares[c], c, y));
    }
  }
  svg += "<g class=\"heat\">" + cells + "</g>";
  // Labels from the right, as many as have room.
  double free = kMapWidth;
  for (std::size_t c = columns.size(); c-- > 0;) {
    if (names_under == Names::all) {
      svg += slanted(left(c) + width / 2 + 4, height - below + 12, columns[c].label);
      continue;
    }
    const bool own = twins && c + 2 >= columns.size(), end = twins && c + 2 == columns.size();
    const std::size_t letters = std::max(columns[c].label.size(), columns[c].under.size());
    const double wide = 6.8 * static_cast<double>(letters),
                 middle = end   ? left(c) + width - wide / 2
                          : own ? left(c) + wide / 2
                                : left(c) + width / 2;
    if (!own && middle + wide / 2 > free) continue;
    const char* anchor = end ? "end" : own ? "start" : "middle";
    const double x = end ? left(c) + width - 2 : own ? left(c) : middle;
    svg += label(x, height - below + 18, columns[c].label, anchor);
    if (!columns[c].under.empty()) svg += label(x, height - below + 33, columns[c].under, anchor);
    free = middle - wide / 2 - 8;
  }
  std::string legend = "<span class=\"entry\">" + escaped(none) + " ";
  for (const char* share : {"0", "0.25", "0.5", "0.75", "1"})
    legend += std::string(
                  "<svg class=\"swatch\" viewBox=\"0 0 16 12\" aria-hidden=\"true\"><rect "
                  "class=\"cell\" width=\"16\" height=\"12\"/>"
                  "<rect class=\"heat\" width=\"16\" height=\"12\" fill-opacity=\"") +
              share + "\"/></svg>";
  return figure(title, dense(svg + "</svg>"), legend + " " + escaped(all) + "</span>");
}

std::string spark_line(const std::string& title, const std::vector<double>& values) {
  constexpr double kAcross = 160, kUp = 30;
  if (values.size() < 2) return "";
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]))
      points += fixed(2 + (kAcross - 4) * static_cast<double>(i) /
                              static_cast<double>(values.size() - 1)) +
                "," + fixed(kUp - 2 - (kUp - 4) * std::clamp(values[i], 0.0, 1.0)) + " ";
  return open_svg(title, kAcross, kUp) + stroke("grid", 0, kUp - 1, kAcross, kUp - 1) +
         "<polyline class=\"run0\" points=\"" + points + "\"/></svg>";
}

std::string split_bar(const std::string& title, const std::vector<Part>& parts) {
  constexpr double kAcross = 400, kUp = 16;
  double below = 0, above = 0;
  for (const Part& p : parts)
    (p.value < 0 ? below : above) += std::isfinite(p.value) ? std::abs(p.value) : 0;
  if (!(below + above > 0)) return "";
  const double unit = kAcross / (below + above);
  double left = below * unit, right = left;
  std::string svg = open_svg(title, kAcross, kUp), legend;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& p = parts[i];
    if (!std::isfinite(p.value)) continue;
    const std::string kind = "part" + std::to_string(i % 4);
    const double width = std::abs(p.value) * unit;
    if (p.value < 0) left -= width;
    svg += rectangle(kind.c_str(), p.value < 0 ? left : right, 1, width, kUp - 2);
    if (p.value > 0) right += width;
    legend += "<span class=\"entry\"><span class=\"chip " + kind + "\"></span>" + escaped(p.name) +
              " " + percent(p.value / (above - below), 0) + " %</span>";
  }
  if (below > 0) svg += stroke("tick", below * unit, 0, below * unit, kUp);
  return "<div class=\"bar\">" + svg + "</svg><p class=\"legend\">" + legend + "</p></div>";
}

}  // namespace lively::lab
