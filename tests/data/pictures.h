#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "tests/data/files.h"

// Picture files for the tests of the readers.
namespace files {

inline std::string png_chunk(const std::string& letters, const std::string& data) {
  const std::string body = letters + data;
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<uint32_t>(data.size())) + body +
         big_endian(static_cast<uint32_t>(crc));
}

enum PngColour { kGrey = 0, kColour = 2, kPalette = 3, kGreyAlpha = 4, kColourAlpha = 6 };

// `rows` are the rows as PNG stores them, each with its filter byte in front. `more` are chunks
// that come before the pixels.
inline std::string png(uint32_t height, uint32_t width, int bits, PngColour colour,
    const std::string& rows, const std::string& more = "") {
  std::string packed(compressBound(rows.size()), '\0');
  uLongf size = packed.size();
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
      reinterpret_cast<const Bytef*>(rows.data()), rows.size(), 9);
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" +
         png_chunk(
             "IHDR", big_endian(width) + big_endian(height) + bytes({bits, colour, 0, 0, 0})) +
         more + png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

// A grey one of one shade.
inline std::string flat_png(uint32_t height, uint32_t width, int shade) {
  std::string rows;
  for (uint32_t y = 0; y < height; ++y) rows += '\0' + std::string(width, static_cast<char>(shade));
  return png(height, width, 8, kGrey, rows);
}

inline std::string little_endian(uint32_t v) {
  const std::string big = big_endian(v);
  return {big.rbegin(), big.rend()};
}

// 24 bits a pixel; `rows` as BMP stores them: from the last on, blue first, filled up to four
// bytes.
inline std::string bmp(uint32_t height, uint32_t width, const std::string& rows) {
  return "BM" + little_endian(static_cast<uint32_t>(54 + rows.size())) + little_endian(0) +
         little_endian(54) + little_endian(40) + little_endian(width) + little_endian(height) +
         bytes({1, 0, 24, 0}) + std::string(24, '\0') + rows;
}

}  // namespace files
