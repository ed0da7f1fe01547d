// internal: writing files so that a failure leaves the old one whole.
#pragma once

#include <cstddef>
#include <string>

namespace lively::detail {

// Collects a file under another name in the same folder; `commit` puts it in the place of `path`
// once all of it is on the disk. Without a commit nothing is left behind, but for the other name if
// the process is killed. What cannot be done is an Error with the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* from, std::size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail_to(const char* what) const;  // for the reason in errno

  std::string path_;
  std::string temporary_;  // empty: there is none
  int file_ = -1;
};

}  // namespace lively::detail
