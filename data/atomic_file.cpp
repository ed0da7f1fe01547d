#include "lively/data/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lively/tensor/error.h"

namespace lively::detail {
namespace {

constexpr std::string_view kMark = ".tmp-";  // then the process and a number

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// Is this process gone? Another of the same number may have come since, so this one is, too.
bool gone(std::string_view digits) {
  pid_t process = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), process);
  if (error != std::errc() || end == digits.end() || *end != '-' || process <= 0) return false;
  return process == getpid() || (kill(process, 0) != 0 && errno == ESRCH);
}

// What killed processes left of this file. Whoever still writes one holds a lock on it.
void sweep(const std::string& target) {
  namespace fs = std::filesystem;
  const std::string folder = folder_of(target),
                    start = target.substr(target.rfind('/') + 1) + std::string(kMark);
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(start) || !gone(std::string_view(name).substr(start.size()))) continue;
    const int file = open((folder + name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) unlink((folder + name).c_str());
    close(file);
  }
}

}  // namespace

std::string followed(std::string path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code error;
    const std::string to = std::filesystem::read_symlink(path, error).string();
    if (error) return path;
    path = to.starts_with('/') ? to : folder_of(path) + to;
  }
  fail<Error>(path, ": ", std::strerror(ELOOP));
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), target_(followed(path_)) {
  struct stat old {};
  const bool exists = stat(target_.c_str(), &old) == 0;
  const bool replaces = exists && S_ISREG(old.st_mode);
  // A rename would put a file in the place of a pipe or a device; onto a folder it fails.
  if (exists && !replaces && !S_ISDIR(old.st_mode))
    fail<Error>(path_, ": cannot be replaced: is a pipe or a device");
  const mode_t mode = replaces ? old.st_mode & 0777 : 0666;
  // Between its first moment and its lock no thread of this process takes one for a dead one's.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  sweep(target_);
  constexpr int kNames = 1000;  // another writer of this process may have taken one
  for (int i = 0; file_ < 0 && i < kNames; ++i) {
    temporary_ = message(target_, kMark, getpid(), "-", i);
    file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file_ < 0 && errno != EEXIST) break;
  }
  if (file_ < 0) {
    temporary_.clear();
    fail_to("cannot be written");
  }
  (void)flock(file_, LOCK_EX | LOCK_NB);  // where there are no locks, the process's number must do
  if (!replaces) return;
  if (fchown(file_, old.st_uid, old.st_gid) != 0) {
  }                           // then it is this user's from now on
  (void)fchmod(file_, mode);  // open took the umask's bits away
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::write(const void* from, std::size_t bytes) {
  const char* at = static_cast<const char*>(from);
  while (bytes > 0) {
    // Linux writes at most 2 GiB at a time.
    const ssize_t done = ::write(file_, at, std::min<std::size_t>(bytes, std::size_t{1} << 30));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_to("cannot be written");
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

void AtomicFile::commit() {
  if (fsync(file_) != 0) fail_to("cannot be written");
  // The rename comes first: a name without a lock would be swept up.
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail_to("cannot be replaced");
  temporary_.clear();
  // A close that fails may still tell of a write that did.
  if (close(std::exchange(file_, -1)) != 0) fail_to("cannot be written");

  // The new name is on the disk once its folder is. Some file systems cannot be asked for that;
  // the file is whole either way.
  const int handle = open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  fsync(handle);
  close(handle);
}

void AtomicFile::fail_to(const char* what) const {
  fail<Error>(path_, ": ", what, ": ", std::strerror(errno));
}

}  // namespace lively::detail
