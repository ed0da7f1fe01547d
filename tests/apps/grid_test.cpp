#include "apps/lab/words/grid.h"

#include <doctest/doctest.h>

#include <sstream>

#include "apps/lab/words/text.h"

using namespace lively::lab;

namespace {

const Grid kGrid{{"change", "accuracy", "95 %", "healed"},
    {{"as it is", "10.0 %", "", "0 of 3"}, {"--lr 0.001", "77.0 %", "[−1.0, +2.0]", "3 of 3"}}};

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t most = 0;
  for (std::string line; std::getline(lines, line);) most = std::max(most, columns(line));
  return most;
}

}  // namespace

TEST_CASE("grid: columns stand under their names, the first to the left") {
  CHECK(text_of(kGrid, "  ", Narrow::fold, 100) ==
        "  change      accuracy          95 %  healed\n"
        "  as it is      10.0 %                0 of 3\n"
        "  --lr 0.001    77.0 %  [−1.0, +2.0]  3 of 3\n");
  CHECK(text_of({}, "", Narrow::fold, 100).empty());
}

TEST_CASE("grid: what a screen is too narrow for stands below its row, with its name") {
  CHECK(text_of(kGrid, "", Narrow::fold, 36) ==
        "change      accuracy          95 %\n"
        "as it is      10.0 %\n"
        "    healed 0 of 3\n"
        "--lr 0.001    77.0 %  [−1.0, +2.0]\n"
        "    healed 3 of 3\n");
  for (std::size_t width = 20; width <= 60; ++width) {
    const std::string text = text_of(kGrid, "", Narrow::fold, width);
    CHECK(widest(text) <= width);
    std::string signs = text;  // a cell may be broken between its words
    std::erase_if(signs, [](char c) { return c == ' ' || c == '\n'; });
    for (const char* cell : {"77.0%", "[−1.0,+2.0]", "3of3"})
      CHECK(signs.find(cell) != std::string::npos);
  }
}

TEST_CASE("grid: or in a table of its own, with the first column again") {
  Grid counts{{"", "expl", "died", "slow"}, {{"noise", "1", "·", "12"}, {"rate", "·", "3", "·"}}};
  counts.gap = 1;
  CHECK(text_of(counts, "", Narrow::again, 15) ==
        "      expl died\n"
        "noise    1    ·\n"
        "rate     ·    3\n"
        "\n"
        "      slow\n"
        "noise   12\n"
        "rate     ·\n");
}
