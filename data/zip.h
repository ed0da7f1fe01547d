// internal: zip files, as far as .npz needs them: stored or deflated, below 4 GiB, on one disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lively/data/atomic_file.h"
#include "lively/data/file.h"

namespace lively::detail {

struct ZipEntry {
  std::string name;
  int64_t size = 0;  // unpacked; no more than `packed` bytes can hold
  int64_t packed = 0;
  int64_t offset = 0;  // of its own header
  int64_t limit = 0;   // where the next entry, or the directory, begins
  uint32_t crc = 0;
  uint16_t method = 0;
};

// The directory at the end of a file. What is damaged, overlaps or comes twice is a DataError.
class ZipReader {
 public:
  explicit ZipReader(const std::string& path);
  const std::vector<ZipEntry>& entries() const { return entries_; }

 private:
  friend class ZipStream;
  int64_t find_directory(int64_t& count);
  ZipEntry read_entry(std::string_view& directory) const;
  void check_layout(int64_t directory);

  InputFile in_;
  std::vector<ZipEntry> entries_;
};

// The bytes of one entry, from front to back. One at a time of a reader.
class ZipStream {
 public:
  ZipStream(ZipReader& zip, const ZipEntry& entry);
  ~ZipStream();
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  std::string where() const;           // "file: 'entry'"
  void read(void* to, int64_t bytes);  // so many, or a DataError
  void finish();  // after all bytes: is there no more, and does the checksum fit?

 private:
  struct Inflater;
  int64_t inflate_to(void* to, int64_t bytes);

  InputFile& in_;
  const ZipEntry& entry_;
  std::unique_ptr<Inflater> inflater_;  // none: stored
  uint32_t crc_ = 0;
};

class ZipWriter {
 public:
  explicit ZipWriter(std::string path) : file_(std::move(path)) {}

  // An entry whose bytes are `head` and then those at `body`. ValueError if it does not fit.
  void add(std::string_view name, std::string_view head, const void* body, std::size_t body_bytes);
  void commit();

 private:
  AtomicFile file_;
  std::string directory_;
  uint64_t offset_ = 0, count_ = 0;
};

}  // namespace lively::detail
