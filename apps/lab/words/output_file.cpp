#include "apps/lab/words/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "lively/data/atomic_file.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

[[noreturn]] void refuse(const std::string& flag, const std::string& path, const char* what) {
  fail<ValueError>(flag, " ", path, ": ", what, ": ", std::strerror(errno));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// In a folder like /tmp only its owner may rename or replace a file.
bool sticks(const struct stat& file, const std::string& folder) {
  struct stat info {};
  const uid_t me = ::geteuid();
  return ::stat(folder.c_str(), &info) == 0 && (info.st_mode & S_ISVTX) && me != 0 &&
         me != info.st_uid && me != file.st_uid;
}

}  // namespace

void check_writable(const std::string& flag, const std::string& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) refuse(flag, path, "cannot be written");
  const bool fits = exists ? !S_ISDIR(info.st_mode) && ::access(path.c_str(), W_OK) == 0
                           : ::access(folder_of(detail::followed(path)).c_str(), W_OK | X_OK) == 0;
  if (exists && S_ISDIR(info.st_mode)) errno = EISDIR;
  if (!fits) refuse(flag, path, "cannot be written");
}

void check_replaceable(const std::string& flag, const std::string& path) {
  check_writable(flag, path);
  const std::string target = detail::followed(path), folder = folder_of(target);
  struct stat info {};
  if (::stat(target.c_str(), &info) == 0 && sticks(info, folder)) {
    errno = EPERM;
    refuse(flag, path, "cannot be replaced");
  }
  // No mode tells of a folder to which files can only be added, or of a disk that went read-only.
  std::string first = folder + "/.lively-XXXXXX";
  const int file = ::mkstemp(first.data());
  if (file < 0) refuse(flag, path, "cannot be written");
  ::close(file);
  const std::string second = first + "-renamed";
  const bool renamed = std::rename(first.c_str(), second.c_str()) == 0;
  const int reason = errno;
  ::unlink(renamed ? second.c_str() : first.c_str());
  errno = reason;
  if (!renamed) refuse(flag, path, "cannot be replaced");
}

}  // namespace lively::lab
