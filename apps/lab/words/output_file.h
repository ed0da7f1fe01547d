#pragma once

#include <string>
#include <vector>

namespace lively::lab {

// Could a file be written here? Asked before a run that would only find out at its end. Throws
// ValueError with the flag that named it, the path and the reason.
void check_writable(const std::string& flag, const std::string& path);

// The same for a file that is written under another name first and then renamed, which the folder
// must allow, too: one is made there, renamed and removed. A pipe or a device is not replaced.
void check_replaceable(const std::string& flag, const std::string& path);

// A file, or none yet: neither a pipe nor a device?
bool may_be_file(const std::string& path);

// A file that is written, and the flag that named it.
struct Written {
  std::string flag, path;
};
// Are all of them files of their own? Throws ValueError with the two that are one, also where a
// link or another spelling of the path hides it.
void check_apart(const std::vector<Written>& all);

}  // namespace lively::lab
