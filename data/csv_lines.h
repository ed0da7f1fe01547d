// internal: the lines of a .csv, cut into cells, whatever stands in them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lively::detail {

// Calls `take` with each line that is not empty, its number in the file (from 1 on) and its cells,
// without the quotes and blanks around them. Throws DataError, with the line and column, where a
// cell cannot be cut out.
void each_csv_line(const std::string& path, char separator,
    const std::function<void(int64_t line, const std::vector<std::string>& cells)>& take);

}  // namespace lively::detail
