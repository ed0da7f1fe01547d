#pragma once

#include <string>

#include "lively/data/dataset.h"

namespace lively {

struct CsvOptions {
  char separator = ',';   // or one of ; | : tab space
  bool header = false;    // the first line has names
  int label_column = -1;  // from 0 on; a negative one counts from the end
};

// A table of numbers, a sample a line: inputs float32 [N, columns - 1], labels from one column,
// whole numbers from 0 on; classes are the largest label + 1. Numbers may stand in quotes and
// between blanks; lines may end as on Windows; empty lines mean nothing; the file may be packed by
// gzip, which the content tells.
//
// Throws DataError, with line and column from 1 on, for a cell that is no finite number that
// float32 can hold, a label that is none, or a line with more or fewer columns than the first.
// Throws ValueError for an option that fits no table, or not this one.
[[nodiscard]] TensorDataset read_csv(const std::string& path, const CsvOptions& options = {});

}  // namespace lively
