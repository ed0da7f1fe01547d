#pragma once

#include <string>

namespace lively::lab {

// Could a file be written here? Asked before a run that would only find out at its end. Throws
// ValueError with the flag that named it, the path and the reason.
void check_writable(const std::string& flag, const std::string& path);

// The same for a file that is written under another name first and then renamed, which the folder
// must allow, too: one is made there, renamed and removed.
void check_replaceable(const std::string& flag, const std::string& path);

}  // namespace lively::lab
