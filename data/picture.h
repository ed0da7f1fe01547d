// internal: one picture of a file, PNG, JPEG or BMP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lively::detail {

// A file whose frame holds: of one of the three kinds, whole, its sizes within reason. Throws
// DataError otherwise, here and below.
class Picture {
 public:
  explicit Picture(const std::string& path);

  int64_t height() const { return height_; }
  int64_t width() const { return width_; }

  // Writes 1 (grey) or 3 (red, green, blue) planes of height() x width() bytes.
  void decode(int channels, uint8_t* planes) const;

 private:
  [[noreturn]] void wrong(const std::string& what) const;
  void check_png() const;
  void check_rows() const;
  std::string with_whole_palette() const;
  void check_jpeg() const;
  void check_huffman(std::size_t at, std::size_t left) const;
  void check_bmp() const;
  uint32_t big_endian(std::size_t at) const;
  uint32_t little_endian(std::size_t at) const;

  std::string path_;
  std::string bytes_;
  int height_ = 0, width_ = 0;
};

}  // namespace lively::detail
