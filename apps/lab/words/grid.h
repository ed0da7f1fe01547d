#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/words/terminal.h"

namespace lively::lab {

// Rows of text under names of columns.
struct Grid {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::size_t gap = 2;  // blanks between columns
};

// Where the columns go for which a screen is too narrow.
enum class Narrow : uint8_t {
  fold,  // below each row, "healed 3 of 4", broken between words
  again  // into a table of their own below, with the first column again
};
// For the screen, lines of at most `width` columns: the first column to the left, the others to the
// right, `indent` before all. Ends with a line feed.
std::string text_of(const Grid& grid, const std::string& indent = "", Narrow narrow = Narrow::fold,
    std::size_t width = screen_width());

}  // namespace lively::lab
