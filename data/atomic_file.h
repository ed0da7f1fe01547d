// internal: writing files so that a failure leaves the old one whole.
#pragma once

#include <cstddef>
#include <string>

namespace lively::detail {

// Where a path leads through symbolic links, also to a file that is not there yet. Throws Error
// where they lead in circles.
std::string followed(std::string path);

// Collects a file under another name in the same folder; `commit` puts it in the place of `path`
// once all of it is on the disk. A link stays and the file that it leads to is replaced; the new
// one has the mode of the old one, and its owner where that is allowed. Without a commit nothing is
// left behind, but for the other name if the process is killed: the next writer of the same path
// removes it. What cannot be done is an Error with the system's reason; a pipe or a device is never
// replaced, which is one, too.
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

  std::string path_;       // as it was given, for messages
  std::string target_;     // where it leads
  std::string temporary_;  // empty: there is none
  int file_ = -1;
};

}  // namespace lively::detail
