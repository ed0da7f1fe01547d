#include "lively/data/cifar.h"

#include <doctest/doctest.h>

#include <vector>

#include "lively/tensor/random.h"
#include "tests/data/files.h"

using namespace lively;
using files::Folder;

namespace {

constexpr std::size_t kRecord = 3073;

// What pixel k of a picture with this label holds.
int pixel(int label, std::size_t k) { return static_cast<int>((k * 31 + k / 1024) + label) & 255; }

std::string records(const std::vector<int>& labels) {
  std::string bytes;
  for (const int label : labels) {
    bytes += static_cast<char>(label);
    for (std::size_t k = 0; k + 1 < kRecord; ++k) bytes += static_cast<char>(pixel(label, k));
  }
  return bytes;
}

std::string cifar_complaint(const std::string& path) {
  try {
    (void)read_cifar10({path});
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("cifar: value of several files, plain and gzip") {
  const Folder folder;
  const ImageDataset set = read_cifar10(
      {folder.write("a.bin", records({3, 9})), folder.write("b.bin", files::gzip(records({0})))});
  CHECK(set.size() == 3);
  CHECK(set.classes() == 10);
  REQUIRE(set.pixels().shape() == Shape{3, 3, 32, 32});
  const int labels[] = {3, 9, 0};
  const auto bytes = set.pixels().values<uint8_t>();
  int wrong = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(set.labels().values<int64_t>()[i] == labels[i]);
    for (std::size_t k = 0; k < kRecord - 1; ++k)
      wrong += bytes[i * (kRecord - 1) + k] != pixel(labels[i], k);
  }
  CHECK(wrong == 0);
  // Planes lie one after the other: red, green, blue.
  CHECK(set.pixels().at({1, 2, 31, 30}) == pixel(9, 2 * 1024 + 31 * 32 + 30));
}

TEST_CASE("cifar: error texts") {
  struct Case {
    const char* what;
    std::string bytes, text;
  };
  std::string label = records({1, 2, 3});
  label[kRecord] = 10;
  const Case cases[] = {
      {"empty", "", "ends after 0 bytes, in record 1; CIFAR-10 files are whole records of 3,073"},
      {"a byte missing", records({1, 2}).substr(0, 2 * kRecord - 1),
          "ends after 6,145 bytes, in record 2; CIFAR-10 files are whole records of 3,073"},
      {"a byte too many", records({1, 2}) + "\1",
          "ends after 6,147 bytes, in record 3; CIFAR-10 files are whole records of 3,073"},
      {"a packed byte too many", files::gzip(records({1, 2}) + "\1"),
          "ends after 6,147 bytes when unpacked, in record 3; CIFAR-10 files are whole records of "
          "3,073"},
      {"a label", label, "record 2: label 10; 10 classes have labels 0 to 9"},
      {"packed nothing", files::gzip(""),
          "ends after 0 bytes when unpacked, in record 1; CIFAR-10 files are whole records of "
          "3,073"},
  };
  const Folder folder;
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const std::string path = folder.write("bad", c.bytes);
    CHECK(cifar_complaint(path) == path + ": " + c.text);
  }
  CHECK(
      cifar_complaint(folder.file("none")) == folder.file("none") + ": No such file or directory");
  CHECK_THROWS_WITH_AS(
      (void)read_cifar10({}), "read_cifar10: no files: needs one or more", ValueError);
}

TEST_CASE("cifar: error at every length of a file") {
  const Folder folder;
  const std::string whole = records({7}), packed = files::gzip(whole);
  for (std::size_t length = 0; length < whole.size(); length += length < 40 ? 1 : 97) {
    CAPTURE(length);
    CHECK(!cifar_complaint(folder.write("cut", whole.substr(0, length))).empty());
  }
  for (std::size_t length = 0; length < packed.size(); ++length) {
    CAPTURE(length);
    CHECK(!cifar_complaint(folder.write("cut", packed.substr(0, length))).empty());
  }
}

TEST_CASE("cifar: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string whole[] = {records({7, 1}), files::gzip(records({7, 1}))};
  int refused = 0;
  for (uint64_t round = 0; round < 2000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{21}, "cifar", round);
    std::string bytes = whole[round % 2];
    for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
      const std::size_t at = stream.below(bytes.size());
      if (stream.below(4) == 0) {
        bytes.erase(at, 1);
      } else {
        bytes[stream.below(2) ? at : 0] = static_cast<char>(stream.bits());
      }
    }
    refused += !cifar_complaint(folder.write("mutated", bytes)).empty();
  }
  CHECK(refused > 1000);
  CHECK(refused < 2000);
}
