#pragma once

#include <string>
#include <vector>

namespace lively {

// Writes one page (HTML) of what befell a run: verdict first, then curves, dead units by layer and
// time, life lines, causes, what was not found, and how to reproduce it. Self-contained: no
// network; a few lines of script add zoom and arrow keys to charts that work without them, and
// nothing else may run; light and dark, and printable. `log` holds the lines of the run's log, one
// JSON object each. The file is there whole or not at all. Throws DataError (lively/tensor/error.h)
// with the number of a line that is no event, and Error if the file cannot be written.
void write_page(const std::string& path, const std::vector<std::string>& log);

// The same from files that hold such lines; several runs are compared on one page. Throws DataError
// with file and line.
void write_page_of_files(const std::string& path, const std::vector<std::string>& logs);

}  // namespace lively
