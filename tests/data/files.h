#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string>

// Files for the tests of the readers.
namespace files {

namespace fs = std::filesystem;

// A folder that goes away with its contents.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "lively-test-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no temporary folder");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const {
    fs::create_directories(fs::path(file(name)).parent_path());
    fs::remove(file(name));  // ext4 waits for the disk when a file is cut to 0 and written again
    std::ofstream out(file(name), std::ios::binary);
    out << bytes;
    if (!out.flush()) throw std::runtime_error("cannot write " + file(name));
    return file(name);
  }

 private:
  std::string path_;
};

inline std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A whole gzip member, as zlib writes it.
inline std::string gzip(const std::string& bytes) {
  z_stream s{};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (deflateInit2(&s, 9, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&s, bytes.size()), '\0');
  s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  s.avail_in = static_cast<uInt>(bytes.size());
  s.next_out = reinterpret_cast<Bytef*>(out.data());
  s.avail_out = static_cast<uInt>(out.size());
  const int state = deflate(&s, Z_FINISH);
  out.resize(s.total_out);
  deflateEnd(&s);
  if (state != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

// Bytes from numbers.
inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int v : values) text += static_cast<char>(v);
  return text;
}

// A 32-bit number, highest byte first.
inline std::string big_endian(uint32_t v) {
  return bytes({static_cast<int>(v >> 24), static_cast<int>(v >> 16 & 255),
      static_cast<int>(v >> 8 & 255), static_cast<int>(v & 255)});
}

inline std::string idx_images(
    uint32_t n, uint32_t height, uint32_t width, const std::string& data) {
  return bytes({0, 0, 8, 3}) + big_endian(n) + big_endian(height) + big_endian(width) + data;
}

inline std::string idx_labels(uint32_t n, const std::string& data) {
  return bytes({0, 0, 8, 1}) + big_endian(n) + data;
}

}  // namespace files
