#include "lively/data/cifar.h"

#include <array>
#include <new>
#include <utility>

#include "lively/data/file.h"

namespace lively {
namespace {

using detail::grouped;

constexpr int64_t kSide = 32, kPixels = 3 * kSide * kSide, kRecord = 1 + kPixels;
constexpr int kClasses = 10;

struct Records {
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels;
};

// Takes memory for what has been read, never for what a packed file might hold.
void append(const std::string& path, Records& all) {
  detail::InputFile in(path, detail::Unpack::gzip);
  std::array<uint8_t, kRecord> record;
  int64_t count = 0, got = 0;
  while ((got = in.read(record.data(), kRecord)) == kRecord) {
    ++count;
    if (record[0] >= kClasses)
      fail<DataError>(path, ": record ", grouped(count), ": label ", record[0], "; ", kClasses,
          " classes have labels 0 to ", kClasses - 1);
    all.labels.push_back(record[0]);
    all.pixels.insert(all.pixels.end(), record.begin() + 1, record.end());
  }
  if (got != 0 || !in.whole() || count == 0)
    fail<DataError>(path, ": ", in.end(), ", in record ", grouped(count + 1),
        "; CIFAR-10 files are whole records of ", grouped(kRecord));
}

}  // namespace

ImageDataset read_cifar10(const std::vector<std::string>& files) {
  if (files.empty()) fail<ValueError>("read_cifar10: no files: needs one or more");
  Records all;
  Tensor pixels, labels;
  try {
    for (const std::string& file : files) append(file, all);
    const auto count = static_cast<int64_t>(all.labels.size());
    pixels = Tensor::of(all.pixels, {count, 3, kSide, kSide});
    labels = Tensor::of(all.labels, {count});
  } catch (const std::bad_alloc&) {
    fail<DataError>(files.front(), ": no memory for ",
        grouped(static_cast<int64_t>(all.labels.size())), " pictures and more");
  }
  return ImageDataset(std::move(pixels), std::move(labels), kClasses);
}

}  // namespace lively
