#include <algorithm>
#include <cmath>

#include "apps/lab/page/bitmap.h"
#include "apps/lab/page/report_parts.h"
#include "apps/lab/page/svg.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

std::string matrix(const RunLog::Confusion& c) {
  const std::size_t n = c.classes.size();
  std::size_t longest = 3;
  for (const std::string& name : c.classes) longest = std::max(longest, name.size());
  constexpr double kTop = 22, kTip = 12, kRight = 8;
  constexpr std::size_t kLetters = 19;  // of a name; hover has the whole of it
  const double names = 14 + 7 * static_cast<double>(std::min<std::size_t>(longest, 20)),
               cell = std::min(52.0, (720 - names - kRight) / static_cast<double>(n)),
               row = std::clamp(cell * 0.6, 14.0, 26.0),
               bottom = kTop + row * static_cast<double>(n);
  // Names that their columns have no room for rise.
  const bool rise = 6.6 * static_cast<double>(longest + 1) > cell;
  const double under = rise ? slanted_height(std::min(longest, kLetters)) : 20,
               height = bottom + under + 20;
  std::string svg;
  for (std::size_t y = 0; y < n; ++y) {
    int64_t all = 0;
    for (const int64_t v : c.counts[y]) all += v;
    const double top = kTop + row * static_cast<double>(y);
    svg += label(names - 6, top + row / 2 + 4, shortened(c.classes[y], kLetters), "end");
    for (std::size_t x = 0; x < n; ++x) {
      const int64_t v = c.counts[y][x];
      const double share = all > 0 ? static_cast<double>(v) / static_cast<double>(all) : 0,
                   left = names + cell * static_cast<double>(x);
      char opacity[16];
      std::snprintf(opacity, sizeof opacity, "%.3g", std::clamp(std::sqrt(share) * 0.8, 0.0, 0.8));
      svg += tipped(names, kTip,
          message(c.classes[y], x == y ? ", said to be that: " : ", said to be ",
              x == y ? "" : c.classes[x] + ": ", thousands(v), " of ", thousands(all), " (",
              percent(share), " %)"),
          std::string("<g class=\"") + (x == y ? "right" : "wrong") + "\">" +
              rectangle("cell", left, top, cell - 1, row - 1) + "<rect fill-opacity=\"" + opacity +
              "\" x=\"" + fixed(left) + "\" y=\"" + fixed(top) + "\" width=\"" + fixed(cell - 1) +
              "\" height=\"" + fixed(row - 1) + "\"/></g>" +
              (cell >= 26 && v > 0 ? label(left + (cell - 1) / 2, top + row / 2 + 4, thousands(v),
                                         "middle", "count")
                                   : ""));
    }
  }
  for (std::size_t x = 0; x < n; ++x) {
    const double middle = names + cell * (static_cast<double>(x) + 0.5);
    const std::string name = shortened(c.classes[x], kLetters);
    svg +=
        rise ? slanted(middle + 4, bottom + 12, name) : label(middle, bottom + 16, name, "middle");
  }
  svg += label(names, bottom + under + 14, "said to be", "start", "axis");
  return figure(message("Test samples by class (rows) and by what the network says (columns), "
                        "after step ",
                    thousands(c.step)),
      dense(open_svg("Confusion matrix", 720, height) + svg + "</svg>"),
      "<span class=\"entry\"><span class=\"chip good\"></span>right</span><span "
      "class=\"entry\"><span class=\"chip bad\"></span>wrong</span>"
      "<span class=\"entry\">stronger: a larger share of its row</span>");
}

// The pairs that are taken for each other most.
std::string pairs(const RunLog::Confusion& c) {
  struct Pair {
    int64_t count;
    std::size_t is, said;
  };
  std::vector<Pair> all;
  for (std::size_t y = 0; y < c.counts.size(); ++y)
    for (std::size_t x = 0; x < c.counts[y].size(); ++x)
      if (x != y && c.counts[y][x] > 0) all.push_back({c.counts[y][x], y, x});
  std::ranges::stable_sort(all, std::greater{}, &Pair::count);
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, all.size()); ++i)
    text += message(text.empty() ? "Most often wrong: " : "; ", c.classes[all[i].is],
        " said to be ", c.classes[all[i].said], " (", thousands(all[i].count), ")");
  return text.empty() ? "" : paragraph(text + ".");
}

std::string surest(const RunLog& run) {
  if (run.mistakes.empty()) return "";
  std::string html, rows;
  std::vector<std::vector<std::string>> plain;
  for (const RunLog::Mistake& m : run.mistakes) {
    const RunLog::Picture& p = m.picture;
    const std::string name = message("no. ", thousands(p.sample), ": ", p.label, ", said to be ",
        m.said, " with ", percent(m.probability), " %");
    if (p.pixels.empty()) {
      plain.push_back(
          {message("no. ", thousands(p.sample)), p.label, m.said, percent(m.probability) + " %"});
    } else {
      rows += "<span class=\"shot\">" +
              inline_picture(p.width, p.height, p.pixels, Palette::grey, name) + escaped(p.label) +
              "<br/>said: " + escaped(m.said) + "<br/>" + percent(m.probability) + " %</span>";
    }
  }
  if (!rows.empty()) html += "<div class=\"row shots\">" + rows + "</div>";
  if (!plain.empty()) html += table({"test sample", "is", "said to be", "with"}, plain);
  return paragraph("The test samples that it is surest about, and gets wrong:") + html;
}

}  // namespace

std::string mistakes_section(const RunLog& run) {
  std::string html;
  if (!run.confusions.empty() && !run.confusions.back().classes.empty())
    html += matrix(run.confusions.back()) + pairs(run.confusions.back());
  return html + surest(run);
}

}  // namespace lively::lab
