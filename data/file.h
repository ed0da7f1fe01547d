// internal: reading files that others wrote, which are not to be trusted.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "lively/tensor/error.h"

namespace lively::detail {

std::string grouped(int64_t n);  // 60000 -> "60,000", as messages print counts

// A name from outside, for a message: short, and without control characters.
std::string in_quotes(std::string_view name);

enum class Unpack { never, gzip };  // gzip: files that are packed so, by their content

// A file read from front to back. Throws DataError, here and below, if it cannot be read.
class InputFile {
 public:
  InputFile(std::string path, Unpack unpack);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t size() const { return size_; }  // on disk

  // No read beyond this many bytes can succeed: the size on disk, or what that size can hold at
  // best if packed. To be asked before memory is taken for what a header promises.
  int64_t most() const;

  // Reads n bytes, fewer only where the file ends, and returns how many.
  int64_t read(void* to, int64_t n);

  // The next read begins here; not of packed files.
  void go_to(int64_t offset);

  // After a read that came out short: false if packed data break off, even in the checksum.
  bool whole() const;

  // After a read that came out short: how far the file goes, for a message.
  std::string end() const;

 private:
  struct Inflater;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::size_t read_disk(void* to, std::size_t n);
  int64_t read_packed(void* to, int64_t n);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::unique_ptr<Inflater> inflater_;  // none: not packed
  int64_t size_ = 0;
  int64_t given_ = 0;  // bytes that `read` has returned so far
};

}  // namespace lively::detail
