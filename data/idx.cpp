#include "lively/data/idx.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <utility>

#include "lively/data/file.h"

namespace lively {
namespace {

using detail::grouped;
using detail::InputFile;

constexpr int kBytes = 8;  // the code of uint8 in the magic number

// The two kinds of file differ in the number of axes.
struct IdxKind {
  std::string_view what;
  int axes;
};
constexpr IdxKind kImages{"images", 3}, kLabels{"labels", 1};

std::string magic_text(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t b : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[b >> 4];
    text += kDigits[b & 15];
  }
  return text;
}

// The sizes that the header states: [N], or [N, H, W].
Shape read_sizes(InputFile& in, IdxKind kind) {
  std::array<uint8_t, 16> bytes;
  const int64_t length = 4 + 4 * kind.axes;
  const int64_t got = in.read(bytes.data(), length);
  const std::array<uint8_t, 4> magic{0, 0, kBytes, static_cast<uint8_t>(kind.axes)};
  if (got >= 4 && !std::equal(magic.begin(), magic.end(), bytes.begin()))
    fail<DataError>(in.path(), ": begins with ", magic_text({bytes.data(), 4}), "; IDX ", kind.what,
        " begin with ", magic_text(magic));
  if (got < length)
    fail<DataError>(
        in.path(), ": ", in.end(), "; the header alone of IDX ", kind.what, " takes ", length);
  Shape sizes;
  for (int i = 0; i < kind.axes; ++i) {
    const uint8_t* b = &bytes[4 + 4 * static_cast<std::size_t>(i)];
    sizes.push_back(int64_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3]);
  }
  return sizes;
}

// "60,000 images of 28 x 28"
std::string promise(const Shape& sizes, IdxKind kind) {
  std::string text = message(grouped(sizes[0]), " ", kind.what);
  if (kind.axes == 3) text += message(" of ", sizes[1], " x ", sizes[2]);
  return text;
}

// What is left of the file, which must be exactly the bytes that its header promised.
Tensor read_rest(InputFile& in, const Shape& sizes, IdxKind kind) {
  int64_t bytes = 1;
  bool fits = true;
  for (const int64_t size : sizes) fits &= !__builtin_mul_overflow(bytes, size, &bytes);
  if (fits && bytes == 0)
    fail<DataError>(
        in.path(), ": the header promises ", promise(sizes, kind), "; needs at least one byte");
  const auto too_short = [&] {
    fail<DataError>(in.path(), ": ", in.end(), "; the header promises ", promise(sizes, kind));
  };
  const int64_t header = 4 + 4 * kind.axes;
  if (!fits || bytes > in.most() - header) too_short();
  Tensor values;
  try {
    values = Tensor::empty(sizes, Dtype::uint8);
  } catch (const std::bad_alloc&) {
    fail<DataError>(in.path(), ": no memory for ", promise(sizes, kind));
  }
  if (in.read(values.mutable_bytes(), bytes) < bytes) too_short();
  // Asking for one byte more also has the checksum of a gzip file compared.
  if (uint8_t more; in.read(&more, 1) != 0)
    fail<DataError>(
        in.path(), ": goes on after the ", promise(sizes, kind), " that the header promises");
  if (!in.whole()) too_short();
  return values;
}

Tensor read_bytes(const std::string& path, IdxKind kind) {
  InputFile in(path, detail::Unpack::gzip);
  const Shape sizes = read_sizes(in, kind);
  return read_rest(in, sizes, kind);
}

}  // namespace

Tensor read_idx_images(const std::string& path) { return read_bytes(path, kImages).unsqueeze(1); }

Tensor read_idx_labels(const std::string& path, int64_t classes) {
  const Tensor bytes = read_bytes(path, kLabels);
  const std::span<const uint8_t> labels = bytes.values<uint8_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= classes)
      fail<DataError>(path, ": byte ", grouped(static_cast<int64_t>(i) + 8), ": label ", labels[i],
          "; ", classes, " classes have labels 0 to ", classes - 1);
  return bytes.to(Dtype::int64);
}

ImageDataset read_idx(const std::string& images, const std::string& labels, int64_t classes) {
  Tensor pixels = read_idx_images(images);
  Tensor targets = read_idx_labels(labels, classes);
  if (pixels.size(0) != targets.size(0))
    fail<DataError>(labels, ": ", grouped(targets.size(0)), " labels for the ",
        grouped(pixels.size(0)), " images of ", images);
  return ImageDataset(std::move(pixels), std::move(targets), classes);
}

}  // namespace lively
