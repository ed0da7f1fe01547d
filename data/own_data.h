// internal: data sets in files of the user's own.
#pragma once

#include <string>

#include "lively/data/source.h"

namespace lively::detail {

// Is this a folder of pictures, a table or NumPy's arrays? Fills in the format and the files. What
// is clearly meant to be one, but lacks a file, is a DataError.
bool find_own_data(std::string_view by, const std::string& place, DataSource& source);

// The sets in them; see load_data.
DataSplits load_own_data(const DataSource& source, const DataOptions& options);

}  // namespace lively::detail
