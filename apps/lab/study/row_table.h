#pragma once

#include <string>
#include <vector>

#include "apps/lab/study/row_result.h"
#include "apps/lab/study/sheet.h"

namespace lively::lab {

// On what data and how many seeds: "Fashion-MNIST in place of MNIST (--digits), 4 seeds, 12 as it
// is".
std::string caption(const RowResult& row);
// For the screen, at most 100 places wide, a line a remedy.
Grid grid_of(const RowResult& row);
// What the columns of it are, in a few lines.
std::string legend();
// "dead by layer at birth 0 0 1 2 5 %, at the end 9 10 12 30 41 %", of the network as it is.
std::string by_layer(const CellResult& cell);

// All cells with all that was measured, a line a cell.
Grid csv_of(const std::vector<RowResult>& rows);
// The tables of the screen for a README: a heading and a table a row.
std::string markdown_of(const std::vector<RowResult>& rows);

}  // namespace lively::lab
