#pragma once

#include <string>

namespace lively::lab {

// Could a file be written here? Asked before a run that would only find out at its end. Throws
// ValueError with the flag that named it, the path and the reason.
void check_writable(const std::string& flag, const std::string& path);

}  // namespace lively::lab
