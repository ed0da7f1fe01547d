#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "lively/data/image_folder.h"
#include "lively/data/resized.h"
#include "lively/tensor/random.h"
#include "tests/data/pictures.h"
#include "tests/paths.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

using namespace lively;
using files::bytes;
using files::Folder;

namespace {

// Smooth, so that a JPEG is close to it: red grows to the right, green downwards, blue stays.
int shade(int c, int y, int x) { return c == 0 ? 20 + 10 * x : c == 1 ? 30 + 8 * y : 90; }

std::string jpeg(int height, int width, int channels) {
  std::string pixels, out;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) pixels += static_cast<char>(shade(c, y, x));
  stbi_write_jpg_to_func(
      [](void* to, void* data, int size) {
        static_cast<std::string*>(to)->append(
            static_cast<char*>(data), static_cast<std::size_t>(size));
      },
      &out, width, height, channels, pixels.data(), 95);
  return out;
}

std::vector<int> bytes_of(const Tensor& t) {
  const auto values = t.values<uint8_t>();
  return {values.begin(), values.end()};
}

std::string picture_complaint(const std::string& path) {
  try {
    (void)read_picture(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

// 2 x 2: red, green; blue, a mixture.
const std::string kColours = bytes({0, 255, 0, 0, 0, 255, 0}) + bytes({0, 0, 0, 255, 10, 20, 30});
const std::string kPng = files::png(2, 2, 8, files::kColour, kColours);
const std::string kBmp =
    files::bmp(2, 2, bytes({255, 0, 0, 30, 20, 10, 0, 0}) + bytes({0, 0, 255, 0, 255, 0, 0, 0}));
const std::vector<int> kPlanes{255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30};

}  // namespace

TEST_CASE("picture: value of PNG and BMP") {
  const Folder folder;
  const Tensor png = read_picture(folder.write("a.png", kPng));
  CHECK(png.shape() == Shape{3, 2, 2});
  CHECK(bytes_of(png) == kPlanes);
  // The content decides, not the name.
  CHECK(bytes_of(read_picture(folder.write("b.png", kBmp))) == kPlanes);
}

TEST_CASE("picture: value of the kinds of PNG") {
  const Folder folder;
  const auto read = [&](const std::string& file, int channels) {
    return bytes_of(read_picture(folder.write("a", file), channels));
  };
  const std::string grey = files::png(1, 3, 8, files::kGrey, bytes({0, 7, 8, 250}));
  CHECK(read(grey, 1) == std::vector<int>{7, 8, 250});
  CHECK(read(grey, 3) == std::vector<int>{7, 8, 250, 7, 8, 250, 7, 8, 250});
  // The filter "left neighbour".
  CHECK(read(files::png(1, 3, 8, files::kGrey, bytes({1, 7, 1, 2})), 1) ==
        std::vector<int>{7, 8, 10});
  CHECK(read(files::png(1, 9, 1, files::kGrey, bytes({0, 0xa5, 0x80})), 1) ==
        std::vector<int>{255, 0, 255, 0, 0, 255, 0, 255, 255});
  CHECK(read(files::png(1, 2, 16, files::kGrey, bytes({0, 7, 99, 8, 200})), 1) ==
        std::vector<int>{7, 8});
  CHECK(read(files::png(1, 1, 8, files::kColourAlpha, bytes({0, 1, 2, 3, 0})), 3) ==
        std::vector<int>{1, 2, 3});
  CHECK(read(files::png(1, 2, 8, files::kPalette, bytes({0, 1, 0}),
                 files::png_chunk("PLTE", bytes({1, 2, 3, 4, 5, 6}))),
            3) == std::vector<int>{4, 1, 5, 2, 6, 3});
  // A colour that the palette does not have is black.
  CHECK(read(files::png(1, 2, 8, files::kPalette, bytes({0, 1, 77}),
                 files::png_chunk("PLTE", bytes({1, 2, 3, 4, 5, 6}))),
            3) == std::vector<int>{4, 0, 5, 0, 6, 0});
  // Grey is 77 parts of red, 150 of green and 29 of blue, of 256.
  CHECK(read(kPng, 1) == std::vector<int>{76, 149, 28, (770 + 3000 + 870) / 256});
}

TEST_CASE("picture: value of JPEG, nearly") {
  const Folder folder;
  const Tensor t = read_picture(folder.write("a.jpg", jpeg(16, 21, 3)));
  REQUIRE(t.shape() == Shape{3, 16, 21});
  const std::vector<int> values = bytes_of(t);
  int worst = 0;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 21; ++x)
        worst = std::max(worst,
            std::abs(values[static_cast<std::size_t>((c * 16 + y) * 21 + x)] - shade(c, y, x)));
  CHECK(worst <= 12);
  // What some cameras leave behind a JPEG does no harm.
  CHECK(bytes_of(read_picture(folder.write("b.jpg", jpeg(16, 21, 3) + std::string(10, '\0')))) ==
        values);
}

TEST_CASE("picture: error texts") {
  const Folder folder;
  const auto says = [&](const std::string& file) {
    const std::string path = folder.write("bad", file);
    const std::string text = picture_complaint(path);
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  };
  CHECK(says("") == "is no picture; PNG, JPEG and BMP are read");
  CHECK(says("GIF89a") == "is no picture; PNG, JPEG and BMP are read");
  CHECK(says(kPng.substr(0, kPng.size() - 1)) == message("ends after ", kPng.size() - 1,
                                                     " bytes, in the PNG chunk at byte ",
                                                     kPng.size() - 12));
  std::string flipped = kPng;
  flipped[45] ^= 1;
  CHECK(says(flipped) == "byte 33: corrupt PNG chunk (the checksum differs)");
  CHECK(says(jpeg(8, 8, 1).substr(0, 300)) ==
        "ends after 300 bytes, without the end marker of a JPEG");
  std::string codes = jpeg(8, 8, 1);
  const std::size_t table = codes.find("\xff\xc4") + 4;
  codes[table + 16] = '\xff';
  CHECK(says(codes) == message("byte ", table, ": corrupt JPEG code table"));
  // More codes than bytes can name, and all of them there.
  const std::string crowd =
      "\xff\xc4\x02\x11" + std::string(1, '\0') + std::string(14, '\0') + "\xff\xff";
  CHECK(says("\xff\xd8" + crowd + std::string(510, 'x') + "\xff\xd9") ==
        "byte 6: corrupt JPEG code table");
  CHECK(says(std::string("\xff\xd8\xff\xe0\0\1\xff\xd9", 8)) == "byte 2: corrupt JPEG segment");
  CHECK(says(kBmp.substr(0, 20)) == "ends after 20 bytes, in the header of a BMP");
  CHECK(says(kBmp.substr(0, kBmp.size() - 1)) == "ends after 69 bytes, in the pixels of a BMP");
  CHECK(says(files::bmp(2, 0, "")) == "2 x 0; sides are 1 to 16384");
  CHECK(says(files::png(2, 2, 8, files::kColour, kColours.substr(0, 9)))
            .starts_with("corrupt picture ("));
  CHECK(says(files::png(20000, 2, 8, files::kColour, kColours)).starts_with("corrupt picture ("));
  CHECK(says(files::png(10000, 10000, 8, files::kColour, kColours)) ==
        message("10000 x 10000 pixels cannot come from ", kPng.size(), " bytes"));
  const std::string path = folder.write("good", kPng), none = folder.file("none");
  CHECK(picture_complaint(none) == none + ": No such file or directory");
  CHECK_THROWS_WITH_AS(
      (void)read_picture(path, 2), "read_picture: 2 channels: needs 1 or 3", ValueError);
}

TEST_CASE("picture: error for a JPEG whose scan names a table that nobody defined") {
  // Found by fuzzing: stb_image 2.27 took what lay in its memory for the table.
  const std::string path =
      LIVELY_SOURCE_DIR "/tests/fuzz/corpus/picture/jpeg-symbol-out-of-bounds.jpg";
  CHECK(picture_complaint(path) ==
        path + ": byte 229: the scan names DC code table 3, which is not defined");
  const Folder folder;
  const auto without = [&](const std::string& segment, std::size_t length) {
    std::string file = jpeg(8, 8, 3);
    const std::size_t at = file.find(segment);
    REQUIRE(at != std::string::npos);
    const std::string bad = folder.write("bad.jpg", file.erase(at, length));
    const std::string text = picture_complaint(bad);
    return text.substr(text.find(": the scan") + 2);
  };
  CHECK(
      without("\xff\xdb", 2 + 132) == "the scan names quantisation table 0, which is not defined");
  CHECK(without("\xff\xc4", 2 + 0x1a2) == "the scan names DC code table 0, which is not defined");
}

TEST_CASE("picture: error for rows that unpack to more than they take") {
  const Folder folder;
  const std::string path =
      folder.write("bomb.png", files::png(2, 2, 8, files::kGrey, std::string(10'000'000, '\0')));
  CHECK(picture_complaint(path) == path + ": corrupt picture (unpacks to more than its rows take)");
  const std::string apple = folder.write(
      "apple.png", "\x89PNG\r\n\x1a\n" + files::png_chunk("CgBI", "1234") + kPng.substr(8));
  CHECK(picture_complaint(apple) == apple + ": is a PNG in Apple's own form (CgBI)");
}

TEST_CASE("picture: error at every length of a file") {
  const Folder folder;
  for (const std::string& whole : {kPng, kBmp, jpeg(8, 8, 3)})
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(!picture_complaint(folder.write("cut", whole.substr(0, length))).empty());
    }
}

TEST_CASE("picture: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string whole[] = {kBmp, jpeg(8, 16, 3), jpeg(9, 9, 1)};
  int good = 0;
  for (uint64_t round = 0; round < 6000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{51}, "picture", round);
    std::string file;
    if (round % 4 == 3) {
      // Behind the checksums, so that more than those is tried.
      std::string rows = kColours, more;
      rows[stream.below(rows.size())] = static_cast<char>(stream.bits());
      const int bits[] = {1, 2, 4, 8, 16, 3};
      const int colour = static_cast<int>(stream.below(7));
      if (stream.below(2)) more = files::png_chunk("PLTE", rows.substr(0, stream.below(15)));
      file = files::png(1 + static_cast<uint32_t>(stream.below(3)),
          static_cast<uint32_t>(stream.below(4)), bits[stream.below(6)],
          static_cast<files::PngColour>(colour), rows, more);
    } else {
      file = whole[round % 4];
      for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
        const std::size_t at = stream.below(file.size());
        if (stream.below(8) == 0) {
          file.erase(at, 1);
        } else {
          file[at] = static_cast<char>(stream.bits());
        }
      }
    }
    const std::string path = folder.write("mutated", file);
    const std::string text = picture_complaint(path);
    REQUIRE((text.empty() || text.starts_with(path + ": ")));
    good += text.empty();
  }
  CHECK(good > 500);
  CHECK(good < 5500);
}

TEST_CASE("resized: each pixel is the mean of what it covers; error") {
  const Tensor picture = Tensor::of<uint8_t>({1, 3, 5, 7, 9, 11}, {1, 2, 3});
  const Tensor one = resized(picture, 1, 1), wide = resized(picture, 2, 6);
  CHECK(one.shape() == Shape{1, 1, 1});
  CHECK(one.item() == 6);
  REQUIRE(wide.shape() == Shape{1, 2, 6});
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 6; ++j) CHECK(wide.at({0, i, j}) == picture.at({0, i, j / 2}));
  CHECK_THROWS_WITH_AS((void)resized(picture, 0, 3),
      "resized: [1,2,3] to 0 x 3: needs [C,H,W] and sizes of at least 1", ShapeError);
  CHECK_THROWS_WITH_AS((void)resized(picture.select(0, 0), 2, 2),
      "resized: [2,3] to 2 x 2: needs [C,H,W] and sizes of at least 1", ShapeError);
}
