#include "apps/lab/words/grid.h"

#include <algorithm>

#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

using Row = std::vector<std::string>;

std::string cell_of(const Row& row, std::size_t column) {
  return column < row.size() ? row[column] : "";
}

std::vector<std::size_t> widths_of(const Grid& grid) {
  std::vector<std::size_t> widths;
  const auto add = [&](const Row& row) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  };
  add(grid.head);
  for (const Row& row : grid.rows) add(row);
  return widths;
}

// The first column, then those in [from, to).
std::string line_of(const Row& row, const std::vector<std::size_t>& widths, std::size_t from,
    std::size_t to, std::size_t gap, const std::string& indent) {
  std::string line = indent + pad(cell_of(row, 0), widths[0]);
  for (std::size_t i = from; i < to; ++i) line += pad_front(cell_of(row, i), gap + widths[i]);
  line.resize(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

// "accuracy 10.0, healed 0 of 3", of the columns from there on.
std::string folded(const Grid& grid, const Row& row, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < row.size(); ++i) {
    std::string name = cell_of(grid.head, i), value = row[i];
    for (std::string* part : {&name, &value}) {
      const std::size_t begin = std::min(part->find_first_not_of(' '), part->size());
      *part = part->substr(begin, part->find_last_not_of(' ') + 1 - begin);
    }
    if (!value.empty()) text += (text.empty() ? "" : "; ") + name + " " + value;
  }
  return text;
}

}  // namespace

std::string text_of(const Grid& grid, const std::string& indent, Narrow narrow, std::size_t width) {
  const std::vector<std::size_t> widths = widths_of(grid);
  std::string text;
  if (widths.empty()) return text;
  for (std::size_t from = 1; from == 1 || from < widths.size();) {
    std::size_t to = from, used = indent.size() + widths[0];
    while (to < widths.size() && used + grid.gap + widths[to] <= width)
      used += grid.gap + widths[to++];
    if (narrow == Narrow::again) to = std::max(to, std::min(from + 1, widths.size()));
    const bool folds = narrow == Narrow::fold && to < widths.size();
    if (from > 1) text += '\n';
    text += line_of(grid.head, widths, from, to, grid.gap, indent);
    for (const Row& row : grid.rows) {
      text += line_of(row, widths, from, to, grid.gap, indent);
      if (!folds) continue;
      if (const std::string more = folded(grid, row, to); !more.empty())
        text += wrap(more, width, indent + "    ") + '\n';
    }
    if (folds) break;
    from = std::max(to, from + 1);
  }
  return text;
}

}  // namespace lively::lab
