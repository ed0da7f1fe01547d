#include "apps/lab/words/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

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

// The same for two names of one file.
std::string identity(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return message(info.st_dev, " ", info.st_ino);
  if (errno == ELOOP) return path;
  std::error_code error;
  const auto whole =
      std::filesystem::weakly_canonical(std::filesystem::absolute(detail::followed(path)), error);
  return error ? path : whole.string();
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
  if (!may_be_file(path))
    fail<ValueError>(flag, " ", path, ": cannot be replaced: is a pipe or a device");
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

bool may_be_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode);
}

void check_apart(const std::vector<Written>& all) {
  std::map<std::string, const Written*> seen;
  for (const Written& one : all) {
    const auto [at, first] = seen.emplace(identity(one.path), &one);
    if (!first)
      fail<ValueError>(at->second->flag, " ", at->second->path, ": ", one.flag, " ", one.path,
          " would overwrite it");
  }
}

}  // namespace lively::lab
