// internal: a .csv of numbers and words, one column of which has the classes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lively/data/samples.h"

namespace lively::detail {

struct TableWish {
  std::string target{};                // the column with the classes: its name, or from 1 on
  bool needs_target = true;            // else it may be missing
  std::vector<std::string> columns{};  // the numbers, by name and in this order, of a file with a
                                       // header; empty: all but the target, as they stand
  std::optional<ColumnWords> words{};  // that these columns have; none: what the file has
};

// Reads a table: cells between commas, semicolons, tabs or bars, whichever its first line has most
// of. That line is a header if no cell of it is a number, or if one is the target's name. Inputs:
// float64 [N, 1, 1, inputs]. A column that a header gives no name is left out: so pandas and R
// write the numbers of the lines, which tell the classes of a sorted table.
//
// A column whose first cell is a word has words: each of them, up to 64, becomes an input of its
// own, 1 or 0 (words.h). Throws DataError, with line, column and its name, for a cell that is no
// finite number, in a column of words for one that is a number or missing, or no word that the
// column is known to have; for more words, or so many that they name the lines; for a sample
// without a class, or a line of another length; ValueError for a target that is no column.
Samples read_table(const std::string& path, const TableWish& wish);

}  // namespace lively::detail
