#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "apps/lab/page/plot_area.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

constexpr double kScatterHeight = 480;
constexpr double kLetter = 7.6, kLine = 14;  // room that a letter and a line of 13 units may need
constexpr double kBoxGap = 3;

struct Box {
  double left, top, right, bottom;
  bool meets(const Box& o) const {
    return left < o.right + kBoxGap && o.left < right + kBoxGap && top < o.bottom && o.top < bottom;
  }
};

double letters(const std::string& text) {
  return static_cast<double>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Greedy: the first free of places around the dot, nearer ones first.
class Labels {
 public:
  explicit Labels(double bottom) : bottom_(bottom) {}

  void block(const Box& box) { taken_.push_back(box); }
  std::optional<Box> place(double x, double y, const std::string& text) {
    const double wide = letters(text) * kLetter;
    for (const double far : {10.0, 20.0, 34.0, 50.0})
      for (const auto& [dx, dy] : kWays) {
        const double left = dx > 0.5    ? x + far * dx
                            : dx < -0.5 ? x + far * dx - wide
                                        : x - wide / 2;
        const double middle = y + dy * (far + 3);
        const Box box{left, middle - kLine / 2, left + wide, middle + kLine / 2};
        if (box.left < PlotArea::kLeft + 2 || box.right > PlotArea::kWidth - 2 ||
            box.top < PlotArea::kTop || box.bottom > bottom_ - 2)
          continue;
        if (std::ranges::any_of(taken_, [&](const Box& b) { return b.meets(box); })) continue;
        taken_.push_back(box);
        return box;
      }
    return {};
  }

 private:
  static constexpr std::array<std::array<double, 2>, 8> kWays{
      {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {0.8, -0.7}, {0.8, 0.7}, {-0.8, -0.7}, {-0.8, 0.7}}};
  double bottom_;
  std::vector<Box> taken_;
};

}  // namespace

std::string scatter_chart(const std::string& title, const Axes& axes, const std::vector<Dot>& all) {
  std::vector<std::string> groups;
  std::vector<const Dot*> dots;
  std::vector<std::pair<double, double>> seen;
  for (const Dot& d : all) {
    if (!std::isfinite(d.x) || !std::isfinite(d.y)) continue;
    if (std::ranges::find(groups, d.group) == groups.end()) {
      if (groups.size() == kMostLines) continue;
      groups.push_back(d.group);
    }
    dots.push_back(&d);
    for (const double v : {d.y, d.low, d.high}) seen.emplace_back(d.x, v);
  }
  const PlotArea area(axes, kScatterHeight, std::move(seen));
  std::erase_if(dots, [&](const Dot* d) { return !area.shows(d->x, d->y); });
  if (dots.empty()) return "";
  Labels labels(area.bottom());
  for (const Dot* d : dots) {
    const double x = area.x(d->x), y = area.y(d->y);
    labels.block({x - 6, y - 6, x + 6, y + 6});
    if (std::isfinite(d->low) && std::isfinite(d->high))
      labels.block({x - 4, area.y(d->high) - 1, x + 4, area.y(d->low) + 1});
  }
  std::string marks, names, numbers, legend;
  int numbered = 0;
  for (const Dot* d : dots) {
    const int kind = static_cast<int>(std::ranges::find(groups, d->group) - groups.begin());
    const double x = area.x(d->x), y = area.y(d->y);
    marks += tipped(PlotArea::kLeft, PlotArea::kTip,
        d->name + (d->more.empty() ? "" : " " + d->more) + ": " + area.value(d->y) +
            area.interval(d->low, d->high) + " at " + compact(d->x),
        whisker(area, kind, x, d->low, d->high) + mark(kind, x, y));
    std::string text = d->name;
    std::optional<Box> box = labels.place(x, y, text);
    if (!box) {
      text = std::to_string(++numbered);
      numbers += "<span class=\"entry\">" + text + " " + escaped(d->name) + "</span>";
      box = labels.place(x, y, text);
      if (!box) continue;  // the legend names it, and hover shows it
    }
    const double nearest = std::clamp(x, box->left, box->right),
                 middle = (box->top + box->bottom) / 2;
    if (std::hypot(nearest - x, middle - y) > 16)
      names += stroke("leader", x, y, nearest, std::clamp(y, box->top, box->bottom));
    // Close to its dot, however wide the letters come out.
    if (box->left > x) {
      names += label(box->left, middle + 4.5, text, "start", "name");
    } else if (box->right < x) {
      names += label(box->right, middle + 4.5, text, "end", "name");
    } else {
      names += label((box->left + box->right) / 2, middle + 4.5, text, "middle", "name");
    }
  }
  for (std::size_t k = 0; k < groups.size(); ++k)
    if (!groups[k].empty()) legend += mark_key(static_cast<int>(k), false, false, groups[k]);
  return figure(title,
      dense(open_svg(title, PlotArea::kWidth, kScatterHeight) + area.frame() + names + marks +
            "</svg>"),
      legend + numbers);
}

}  // namespace lively::lab
