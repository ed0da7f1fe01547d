#pragma once

#include <string>

namespace lively::lab {

enum class Palette : uint8_t {
  grey,       // 0 black, 255 white
  diverging,  // 0 blue, 128 white, 255 orange: told apart by all readers, and dark at both ends in
              // grey print
};

// An <img> that holds its picture: bytes of row-major pixels, a byte each. `text` says what is on
// it.
std::string inline_picture(int64_t width, int64_t height, const std::string& pixels,
    Palette palette, const std::string& text);

}  // namespace lively::lab
