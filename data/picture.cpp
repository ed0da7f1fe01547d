#include "lively/data/picture.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "lively/data/file.h"
#include "lively/data/jpeg_tables.h"

// Fewer kinds, fewer ways in for a file that means harm; the others of stb_image had most of them.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_FAILURE_USERMSG
#define STBI_MAX_DIMENSIONS 16384
// It reads parts of its state that no file has to have set: those are 0 then, not what lay there.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(from, size) std::realloc(from, size)
#define STBI_FREE(from) std::free(from)
#include <stb/stb_image.h>

// stb_image shows what it can of a damaged picture: it compares no checksum, and what is missing at
// the end it takes to be zero. For a training set that would be silence about a broken disk, so
// the frame of each file is checked here first. It also trusts a JPEG to define the tables that it
// names, and a PNG's packed rows to be as long as its sizes say: the first is an index out of
// bounds before 2.28 (Debian 12 has 2.27), the second memory without end. Checked here, too, rather
// than by another library: libjpeg would come into the link line of every consumer, and a newer stb
// would be 8,000 lines of our own.

namespace lively::detail {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 28;
constexpr int64_t kMostSide = STBI_MAX_DIMENSIONS;
// The best that each does. PNG: a bit a pixel before deflate, which makes a byte of 1032. JPEG: a
// bit for each block of 64 pixels; twice that, since one of two colours may be halved.
constexpr int64_t kMostOfPng = 8 * 1032, kMostOfJpeg = 2 * 8 * 64;

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n", kJpeg = "\xff\xd8\xff", kBmp = "BM";

const stbi_uc* data_of(const std::string& bytes) {
  return reinterpret_cast<const stbi_uc*>(bytes.data());
}

struct Free {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

}  // namespace

Picture::Picture(const std::string& path) : path_(path) {
  InputFile in(path, Unpack::never);
  if (in.size() > kMostBytes)
    wrong(message(grouped(in.size()), " bytes; pictures have at most ", grouped(kMostBytes)));
  bytes_.resize(static_cast<std::size_t>(in.size()));
  if (in.read(bytes_.data(), in.size()) != in.size()) wrong("was cut short while it was read");
  if (bytes_.starts_with(kPng)) {
    check_png();
  } else if (bytes_.starts_with(kJpeg)) {
    check_jpeg();
  } else if (bytes_.starts_with(kBmp)) {
    check_bmp();
  } else {
    wrong("is no picture; PNG, JPEG and BMP are read");
  }
  int channels = 0;
  if (!stbi_info_from_memory(
          data_of(bytes_), static_cast<int>(bytes_.size()), &width_, &height_, &channels))
    wrong(message("corrupt picture (", stbi_failure_reason(), ")"));
  if (width_ < 1 || height_ < 1 || width_ > kMostSide || height_ > kMostSide)
    wrong(message(height_, " x ", width_, "; sides are 1 to ", kMostSide));
  const int64_t most = bytes_.starts_with(kJpeg) ? kMostOfJpeg : kMostOfPng;
  if (int64_t{height_} * width_ > in.size() * most)
    wrong(
        message(height_, " x ", width_, " pixels cannot come from ", grouped(in.size()), " bytes"));
}

void Picture::decode(int channels, uint8_t* planes) const {
  if (bytes_.starts_with(kPng)) check_rows();
  int width = 0, height = 0, stored = 0;
  const std::string file = with_whole_palette();
  const std::unique_ptr<stbi_uc, Free> pixels(stbi_load_from_memory(
      data_of(file), static_cast<int>(file.size()), &width, &height, &stored, channels));
  if (!pixels) wrong(message("corrupt picture (", stbi_failure_reason(), ")"));
  if (width != width_ || height != height_) wrong("corrupt picture (of two sizes)");
  const std::size_t plane = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  const auto step = static_cast<std::size_t>(channels);
  for (std::size_t c = 0; c < step; ++c)
    for (std::size_t i = 0; i < plane; ++i) planes[c * plane + i] = pixels.get()[i * step + c];
}

// Chunks up to IEND: the length, four letters, so many bytes, the checksum of letters and bytes.
void Picture::check_png() const {
  constexpr std::size_t kFrame = 12;
  for (std::size_t at = kPng.size();;) {
    const auto cut = [&] {
      wrong(message("ends after ", grouped(static_cast<int64_t>(bytes_.size())),
          " bytes, in the PNG chunk at byte ", grouped(static_cast<int64_t>(at))));
    };
    if (bytes_.size() - at < kFrame) cut();
    const std::size_t length = big_endian(at);
    if (bytes_.size() - at - kFrame < length) cut();
    const auto* letters = reinterpret_cast<const Bytef*>(bytes_.data()) + at + 4;
    if (crc32_z(0, letters, length + 4) != big_endian(at + 8 + length))
      wrong(message("byte ", grouped(static_cast<int64_t>(at)),
          ": corrupt PNG chunk (the checksum differs)"));
    if (bytes_.compare(at + 4, 4, "IEND") == 0) return;
    at += kFrame + length;
  }
}

// The packed rows: as many bytes as the sizes say, or a few more, which stb_image passes over.
void Picture::check_rows() const {
  constexpr std::size_t kFirst = kPng.size() + 8;  // behind length and letters of IHDR
  constexpr int kChannels[] = {1, 0, 3, 1, 2, 0, 4};
  const auto byte = [&](std::size_t i) { return unsigned{static_cast<unsigned char>(bytes_[i])}; };
  const int64_t bits = byte(kFirst + 8) * (byte(kFirst + 9) < 7 ? kChannels[byte(kFirst + 9)] : 0);
  // Adam7 takes seven passes, each with rows of its own: at most a byte of filter and one of
  // filling more for each.
  const int64_t rows = height_ * (1 + (width_ * bits + 7) / 8) + 7 * 2 * int64_t{height_};
  constexpr int64_t kMore = int64_t{1} << 16;
  struct Stream : z_stream {
    Stream() : z_stream{} {
      if (inflateInit(this) != Z_OK) throw std::bad_alloc();
    }
    ~Stream() { inflateEnd(this); }
  } z;
  std::vector<Bytef> piece(std::size_t{1} << 16);
  int64_t got = 0;
  int state = Z_OK;
  for (std::size_t at = kPng.size(); bytes_.compare(at + 4, 4, "IEND") != 0;) {
    const std::size_t length = big_endian(at);
    if (bytes_.compare(at + 4, 4, "CgBI") == 0) wrong("is a PNG in Apple's own form (CgBI)");
    if (bytes_.compare(at + 4, 4, "IDAT") == 0) {
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + at + 8));
      z.avail_in = static_cast<uInt>(length);
      do {
        z.next_out = piece.data();
        z.avail_out = static_cast<uInt>(piece.size());
        state = inflate(&z, Z_NO_FLUSH);
        got += static_cast<int64_t>(piece.size() - z.avail_out);
        if (got > rows + kMore) wrong("corrupt picture (unpacks to more than its rows take)");
      } while (state == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
      if (state != Z_OK && state != Z_BUF_ERROR) break;
    }
    at += 12 + length;
  }
  if (state != Z_STREAM_END)
    wrong(message("corrupt picture (", z.msg ? z.msg : "its packed rows break off", ")"));
}

// A pixel may name a colour beyond a PNG's palette, for which stb_image takes what lies on its
// stack: black is put there.
std::string Picture::with_whole_palette() const {
  std::string file = bytes_;
  constexpr std::size_t kWhole = 3 * 256;
  if (!file.starts_with(kPng)) return file;
  for (std::size_t at = kPng.size(); file.compare(at + 4, 4, "IEND") != 0;) {
    const std::size_t length = big_endian(at);
    if (file.compare(at + 4, 4, "PLTE") == 0 && length < kWhole && length % 3 == 0) {
      file.insert(at + 8 + length, kWhole - length, '\0');
      file[at + 2] = static_cast<char>(kWhole >> 8);
      file[at + 3] = static_cast<char>(kWhole & 255);
      break;
    }
    at += 12 + length;
  }
  return file;
}

// Segments from marker to marker: 0xff, what it is, its length. The bytes of a scan follow its own
// segment, up to a marker that is not one of those inside a scan.
void Picture::check_jpeg() const {
  JpegTables tables;
  constexpr unsigned kHuffman = 0xc4, kFirstRestart = 0xd0, kLastRestart = 0xd7, kEnd = 0xd9;
  const auto byte = [&](std::size_t i) { return unsigned{static_cast<unsigned char>(bytes_[i])}; };
  const std::size_t size = bytes_.size();
  for (std::size_t at = 2;;) {
    while (at + 1 < size && (byte(at) != 0xff || byte(at + 1) == 0xff || byte(at + 1) == 0 ||
                                (byte(at + 1) >= kFirstRestart && byte(at + 1) <= kLastRestart)))
      ++at;
    if (at + 1 < size && byte(at + 1) == kEnd) return;
    const std::size_t length = at + 3 < size ? byte(at + 2) << 8 | byte(at + 3) : 0;
    if (at + 3 >= size || size - at - 2 < length)
      wrong(message("ends after ", grouped(static_cast<int64_t>(size)),
          " bytes, without the end marker of a JPEG"));
    if (length < 2)
      wrong(message("byte ", grouped(static_cast<int64_t>(at)), ": corrupt JPEG segment"));
    if (byte(at + 1) == kHuffman) check_huffman(at + 4, length - 2);
    const std::string lacks =
        tables.take(byte(at + 1), std::string_view(bytes_).substr(at + 4, length - 2));
    if (!lacks.empty()) wrong(message("byte ", grouped(static_cast<int64_t>(at)), ": ", lacks));
    at += 2 + length;
  }
}

// Tables of codes: 17 bytes of which the last 16 count the codes of each length, then a byte for
// each code. stb_image before 2.28 writes past its own table where they are more than 256.
void Picture::check_huffman(std::size_t at, std::size_t left) const {
  constexpr std::size_t kHead = 17, kMostCodes = 256;
  while (left > 0) {
    std::size_t codes = 0;
    for (std::size_t i = 1; left >= kHead && i < kHead; ++i)
      codes += static_cast<unsigned char>(bytes_[at + i]);
    if (left < kHead + codes || codes > kMostCodes)
      wrong(message("byte ", grouped(static_cast<int64_t>(at)), ": corrupt JPEG code table"));
    at += kHead + codes;
    left -= kHead + codes;
  }
}

// Rows of pixels, each filled up to four bytes, from an offset in the header on.
void Picture::check_bmp() const {
  constexpr std::size_t kHeader = 14, kOldInfo = 12, kInfo = 40;
  const auto size = static_cast<int64_t>(bytes_.size());
  const auto cut = [&](std::string_view where) {
    wrong(message("ends after ", grouped(size), " bytes, in the ", where, " of a BMP"));
  };
  if (bytes_.size() < kHeader + 4) cut("header");
  const uint32_t info = little_endian(kHeader);
  if (bytes_.size() < kHeader + (info == kOldInfo ? kOldInfo : kInfo)) cut("header");
  int64_t width = static_cast<int32_t>(little_endian(18));
  int64_t height = static_cast<int32_t>(little_endian(22));
  uint32_t bits = little_endian(28) & 0xffff;
  if (info == kOldInfo) {
    width = little_endian(18) & 0xffff;
    height = little_endian(18) >> 16;
    bits = little_endian(22) >> 16;
  }
  height = std::abs(height);
  if (width < 1 || height < 1 || width > kMostSide || height > kMostSide)
    wrong(message(height, " x ", width, "; sides are 1 to ", kMostSide));
  const int64_t row = (width * bits + 31) / 32 * 4;
  if (little_endian(10) + row * height > size) cut("pixels");
}

uint32_t Picture::big_endian(std::size_t at) const { return __builtin_bswap32(little_endian(at)); }

uint32_t Picture::little_endian(std::size_t at) const {
  const auto byte = [&](std::size_t i) {
    return uint32_t{static_cast<unsigned char>(bytes_[at + i])};
  };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

void Picture::wrong(const std::string& what) const { fail<DataError>(path_, ": ", what); }

}  // namespace lively::detail
