#include "apps/lab/words/hold.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lively/data/atomic_file.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// Is the open file still the one of this name? Who held it may have removed it since.
bool is_named(int descriptor, const std::string& path) {
  struct stat open {
  }, named{};
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

// Does nobody hold the file of this name, where there is one?
void check_one(const std::string& name, const std::string& flag, const std::string& path) {
  struct stat info {};
  // To open a pipe and close it again would end it for its reader.
  if (::stat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  const int descriptor = ::open(name.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  try {
    hold(descriptor, flag, path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
}

std::string lock_beside(const std::string& path) { return detail::followed(path) + ".lock"; }

}  // namespace

void hold(int descriptor, const std::string& flag, const std::string& path) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    fail<ValueError>(flag, " ", path, ": another run is writing it");
}

void check_free(const std::string& flag, const std::string& path) {
  check_one(path, flag, path);
  check_one(lock_beside(path), flag, path);
}

NameHold::NameHold(const std::string& flag, const std::string& path) : lock_(lock_beside(path)) {
  try {
    do {
      if (descriptor_ >= 0) ::close(descriptor_);
      descriptor_ = ::open(lock_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
      if (descriptor_ < 0)
        fail<ValueError>(
            flag, " ", path, ": cannot be written: ", lock_, ": ", std::strerror(errno));
      hold(descriptor_, flag, path);
    } while (!is_named(descriptor_, lock_));
  } catch (...) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
  try {
    check_one(path, flag, path);
  } catch (...) {
    ::unlink(lock_.c_str());
    ::close(descriptor_);
    throw;
  }
}

NameHold::~NameHold() {
  ::unlink(lock_.c_str());
  ::close(descriptor_);
}

std::unique_ptr<NameHold> hold_name_if_any(const std::string& flag, const std::string& path) {
  struct stat info {};
  const std::string lock = lock_beside(path);
  const auto slash = lock.rfind('/');
  const std::string folder = slash == lock.npos ? "." : lock.substr(0, slash + 1);
  const bool may_be_file = ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode);
  if (may_be_file && ::access(folder.c_str(), W_OK | X_OK) == 0)
    return std::make_unique<NameHold>(flag, path);
  check_free(flag, path);
  return nullptr;
}

void make_room_for_files(const std::string& what, std::size_t files) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || files <= limit.rlim_cur) return;
  const rlim_t most = limit.rlim_max;
  if (files <= most) {
    limit.rlim_cur = files;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  }
  fail<ValueError>(
      what, ": has ", files, " files open, of which this process may have ", most, " (ulimit -n)");
}

}  // namespace lively::lab
