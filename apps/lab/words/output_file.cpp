#include "apps/lab/words/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lively/tensor/error.h"

namespace lively::lab {

void check_writable(const std::string& flag, const std::string& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "."
                             : slash == 0               ? "/"
                                                        : path.substr(0, slash);
  const bool fits = exists ? !S_ISDIR(info.st_mode) && ::access(path.c_str(), W_OK) == 0
                           : ::access(folder.c_str(), W_OK | X_OK) == 0;
  if (exists && S_ISDIR(info.st_mode)) errno = EISDIR;
  if (!fits) fail<ValueError>(flag, " ", path, ": cannot be written: ", std::strerror(errno));
}

}  // namespace lively::lab
