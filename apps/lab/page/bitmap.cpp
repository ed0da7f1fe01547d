#include "apps/lab/page/bitmap.h"

#include <algorithm>

#include "apps/lab/page/svg.h"
#include "apps/lab/words/base64.h"

namespace lively::lab {
namespace {

void put(std::string& to, uint32_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(v >> (8 * i) & 255);
}

// Blue, green, red, 0 of byte v.
void put_colour(std::string& to, int v, Palette palette) {
  const auto mix = [&](int end) {
    return static_cast<uint32_t>(255 - (255 - end) * std::min(std::abs(v - 128), 127) / 127);
  };
  uint32_t red = static_cast<uint32_t>(v), green = red, blue = red;
  if (palette == Palette::diverging) {
    red = mix(v < 128 ? 8 : 179), green = mix(v < 128 ? 69 : 88), blue = mix(v < 128 ? 148 : 6);
  }
  put(to, blue | green << 8 | red << 16, 4);
}

// A BMP of 8 bits a pixel: a header, a palette, and rows of whole words, the top one first.
std::string bitmap(int64_t width, int64_t height, const std::string& pixels, Palette palette) {
  const auto w = static_cast<uint32_t>(width), h = static_cast<uint32_t>(height),
             row = (w + 3) / 4 * 4;
  constexpr uint32_t kHead = 54, kColours = 1024;
  std::string file = "BM";
  put(file, kHead + kColours + row * h, 4);
  put(file, 0, 4);
  put(file, kHead + kColours, 4);
  put(file, 40, 4);
  put(file, w, 4);
  put(file, 0U - h, 4);
  put(file, 1, 2);
  put(file, 8, 2);
  for (const uint32_t v : {0U, row * h, 2835U, 2835U, 256U, 0U}) put(file, v, 4);
  for (int v = 0; v < 256; ++v) put_colour(file, v, palette);
  for (uint32_t y = 0; y < h; ++y) {
    file.append(pixels, y * w, w);
    file.append(row - w, '\0');
  }
  return file;
}

}  // namespace

std::string inline_picture(int64_t width, int64_t height, const std::string& pixels,
    Palette palette, const std::string& text) {
  return "<img alt=\"" + escaped(text) + "\" title=\"" + escaped(text) + "\" width=\"" +
         std::to_string(width) + "\" height=\"" + std::to_string(height) +
         "\" src=\"data:image/bmp;base64," + base64(bitmap(width, height, pixels, palette)) + "\">";
}

}  // namespace lively::lab
