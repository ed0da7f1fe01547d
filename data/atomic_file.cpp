#include "lively/data/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "lively/tensor/error.h"

namespace lively::detail {

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  // Another writer, or one that crashed, may have taken a name.
  constexpr int kNames = 1000;
  for (int i = 0; file_ < 0 && i < kNames; ++i) {
    temporary_ = message(path_, ".tmp-", getpid(), "-", i);
    file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && errno != EEXIST) break;
  }
  if (file_ >= 0) return;
  temporary_.clear();
  fail_to("cannot be written");
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
  // A close that fails may still tell of a write that did.
  if (close(std::exchange(file_, -1)) != 0) fail_to("cannot be written");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_to("cannot be replaced");
  temporary_.clear();

  // The new name is on the disk once its folder is. Some file systems cannot be asked for that;
  // the file is whole either way.
  const std::size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  fsync(handle);
  close(handle);
}

void AtomicFile::fail_to(const char* what) const {
  fail<Error>(path_, ": ", what, ": ", std::strerror(errno));
}

}  // namespace lively::detail
