#include "lively/data/idx.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "lively/data/file.h"
#include "lively/tensor/block_pool.h"
#include "lively/tensor/random.h"
#include "tests/data/files.h"

using namespace lively;
using files::Folder;

namespace {

const std::string kPixels = files::bytes({0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255});
const std::string kImages = files::idx_images(2, 2, 3, kPixels);
const std::string kLabels = files::idx_labels(5, files::bytes({3, 0, 9, 9, 1}));

void check_images(const Tensor& t) {
  REQUIRE(t.shape() == Shape{2, 1, 2, 3});
  const auto values = t.values<uint8_t>();
  CHECK(std::equal(values.begin(), values.end(), reinterpret_cast<const uint8_t*>(kPixels.data())));
}

std::vector<int64_t> list(const Tensor& t) {
  const auto values = t.values<int64_t>();
  return {values.begin(), values.end()};
}

// What one reader says about these bytes. Anything but a DataError fails the test.
std::string idx_complaint(Tensor (*read)(const std::string&), const std::string& path) {
  try {
    (void)read(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}
Tensor read_images(const std::string& path) { return read_idx_images(path); }
Tensor read_labels(const std::string& path) { return read_idx_labels(path); }

}  // namespace

TEST_CASE("idx: value of images, plain and gzip") {
  const Folder folder;
  check_images(read_idx_images(folder.write("plain", kImages)));
  check_images(read_idx_images(folder.write("packed", files::gzip(kImages))));
  // The content decides, not the name.
  check_images(read_idx_images(folder.write("plain.gz", kImages)));
}

TEST_CASE("idx: value of labels") {
  const Folder folder;
  const std::vector<int64_t> wanted{3, 0, 9, 9, 1};
  CHECK(list(read_idx_labels(folder.write("plain", kLabels))) == wanted);
  CHECK(list(read_idx_labels(folder.write("packed", files::gzip(kLabels)))) == wanted);
}

TEST_CASE("idx: value of gzip in several members") {
  const Folder folder;
  const std::string packed =
      files::gzip(kImages.substr(0, 9)) + files::gzip("") + files::gzip(kImages.substr(9));
  check_images(read_idx_images(folder.write("members", packed)));
}

TEST_CASE("idx: value of a pair") {
  const Folder folder;
  const std::string two = files::idx_labels(2, files::bytes({7, 4}));
  const ImageDataset set = read_idx(folder.write("images", kImages), folder.write("labels", two));
  CHECK(set.size() == 2);
  CHECK(set.classes() == 10);
  CHECK(set.sample_shape() == Shape{1, 2, 3});
  CHECK(list(set.labels()) == std::vector<int64_t>{7, 4});
}

TEST_CASE("idx: error for a cut-short file, as the screen shows it") {
  const Folder folder;
  const std::string head = files::idx_images(60000, 28, 28, "");
  const std::string path = folder.write("train", head + std::string(5000 - 16, 'x'));
  const std::string text = ": ends after 5,000 bytes; the header promises 60,000 images of 28 x 28";
  CHECK(idx_complaint(read_images, path) == path + text);
  // A packed file that is cut short is measured as it lies on the disk.
  std::string noise(200000, '\0');
  Stream stream(Seed{1}, "noise");
  for (char& c : noise) c = static_cast<char>(stream.bits());
  const std::string packed = files::gzip(head + noise).substr(0, 5000);
  const std::string path_gz = folder.write("train.gz", packed);
  CHECK(idx_complaint(read_images, path_gz) == path_gz + text);
}

TEST_CASE("idx: error texts of images") {
  struct Case {
    const char* what;
    std::string bytes;
    const char* text;
  };
  const std::string body = kImages.substr(16);
  const Case cases[] = {
      {"empty", "", "ends after 0 bytes; the header alone of IDX images takes 16"},
      {"no sizes", kImages.substr(0, 15),
          "ends after 15 bytes; the header alone of IDX images takes 16"},
      {"a text", "P5 28 28 255 and so on",
          "begins with 50 35 20 32; IDX images begin with 00 00 08 03"},
      {"labels", kLabels, "begins with 00 00 08 01; IDX images begin with 00 00 08 03"},
      {"floats", files::bytes({0, 0, 13, 3}) + kImages.substr(4),
          "begins with 00 00 0d 03; IDX images begin with 00 00 08 03"},
      {"a byte missing", kImages.substr(0, 27),
          "ends after 27 bytes; the header promises 2 images of 2 x 3"},
      {"a byte too many", kImages + "x",
          "goes on after the 2 images of 2 x 3 that the header promises"},
      {"no images", files::idx_images(0, 28, 28, ""),
          "the header promises 0 images of 28 x 28; needs at least one byte"},
      {"no rows", files::idx_images(7, 0, 28, ""),
          "the header promises 7 images of 0 x 28; needs at least one byte"},
      {"sizes beyond 64 bits", files::idx_images(0xffffffff, 0xffffffff, 0xffffffff, body),
          "ends after 28 bytes; the header promises 4,294,967,295 images of 4294967295 x "
          "4294967295"},
  };
  const Folder folder;
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const std::string path = folder.write("bad", c.bytes);
    CHECK(idx_complaint(read_images, path) == path + ": " + c.text);
  }
}

TEST_CASE("idx: error texts of labels and pairs") {
  const Folder folder;
  const std::string bad = folder.write("bad", files::idx_labels(3, files::bytes({9, 10, 0})));
  CHECK(
      idx_complaint(read_labels, bad) == bad + ": byte 9: label 10; 10 classes have labels 0 to 9");
  CHECK_THROWS_WITH_AS((void)read_idx_labels(bad, 1),
      (bad + ": byte 8: label 9; 1 classes have labels 0 to 0").c_str(), DataError);
  const std::string cut = folder.write("cut", files::idx_labels(60000, "abc"));
  CHECK(idx_complaint(read_labels, cut) ==
        cut + ": ends after 11 bytes; the header promises 60,000 labels");

  const std::string pictures = folder.write("pictures", kImages);
  const std::string five = folder.write("five", kLabels);
  CHECK_THROWS_WITH_AS((void)read_idx(pictures, five),
      (five + ": 5 labels for the 2 images of " + pictures).c_str(), DataError);
}

TEST_CASE("idx: error texts of gzip") {
  const Folder folder;
  const auto says = [&](const std::string& bytes) {
    const std::string path = folder.write("bad.gz", bytes);
    const std::string text = idx_complaint(read_images, path);
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  };
  const std::string good = files::gzip(kImages);
  CHECK(says(files::gzip(kImages.substr(0, 20))) ==
        "ends after 20 bytes when unpacked; the header promises 2 images of 2 x 3");
  CHECK(says(files::gzip(kImages + "x")) ==
        "goes on after the 2 images of 2 x 3 that the header promises");
  std::string checksum = good;
  checksum[good.size() - 8] ^= 1;
  CHECK(says(checksum).find("corrupt gzip data (incorrect data check)") != std::string::npos);
  CHECK(says(good + "what is this") ==
        "byte " + std::to_string(good.size() + 2) + ": corrupt gzip data (incorrect header check)");
}

TEST_CASE("idx: error for what is no file") {
  const Folder folder;
  const std::string none = folder.file("none");
  CHECK(idx_complaint(read_images, none) == none + ": No such file or directory");
  CHECK(idx_complaint(read_images, folder.path()) == folder.path() + ": is not a file");
}

TEST_CASE("idx: error for a promise that the file cannot hold, before memory is taken") {
  const Folder folder;
  const std::string plain = folder.write("plain", files::idx_images(4000000000u, 1000, 1000, "x"));
  const std::string packed =
      folder.write("packed", files::gzip(files::idx_images(4000000000u, 1000, 1000, "x")));
  for (const std::string& path : {plain, packed}) {
    const int64_t before = memory_stats().system_requests;
    CHECK(idx_complaint(read_images, path).find("the header promises 4,000,000,000 images") !=
          std::string::npos);
    CHECK(memory_stats().system_requests == before);
  }
}

TEST_CASE("idx: error for a gzip bomb, unpacked no further than one byte too many") {
  const Folder folder;
  const std::string bomb = files::gzip(kImages + std::string(std::size_t{64} << 20, '\0'));
  CHECK(bomb.size() < 100000);
  const std::string path = folder.write("bomb", bomb);
  detail::InputFile in(path, detail::Unpack::gzip);
  std::string start(kImages.size() + 1, 'x');
  CHECK(in.read(start.data(), static_cast<int64_t>(start.size())) ==
        static_cast<int64_t>(start.size()));
  CHECK(start.substr(0, kImages.size()) == kImages);
  CHECK(idx_complaint(read_images, path) ==
        path + ": goes on after the 2 images of 2 x 3 that the header promises");
}

TEST_CASE("idx: error at every length of a file") {
  const Folder folder;
  for (const std::string& whole : {kImages, files::gzip(kImages)})
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(!idx_complaint(read_images, folder.write("cut", whole.substr(0, length))).empty());
    }
  for (const std::string& whole : {kLabels, files::gzip(kLabels)})
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(!idx_complaint(read_labels, folder.write("cut", whole.substr(0, length))).empty());
    }
}

TEST_CASE("idx: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string whole[] = {kImages, files::gzip(kImages), kLabels, files::gzip(kLabels)};
  int refused = 0;
  for (uint64_t round = 0; round < 4000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{7}, "mutate", round);
    std::string bytes = whole[round % 4];
    for (uint64_t changes = 1 + stream.below(4); changes > 0; --changes) {
      const std::size_t at = stream.below(std::min<std::size_t>(bytes.size(), 24));
      if (stream.below(8) == 0) {
        bytes.erase(at, 1);
      } else {
        bytes[at] = static_cast<char>(stream.bits());
      }
    }
    refused +=
        !idx_complaint(round % 4 < 2 ? read_images : read_labels, folder.write("mutated", bytes))
             .empty();
  }
  CHECK(refused > 3000);  // the rest changed what a file means, not whether it has one
}

TEST_CASE("idx: value of Fashion-MNIST as its authors describe it") {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  if (!files::fs::exists(folder + "train-images-idx3-ubyte.gz")) {
    MESSAGE("skipped: needs " << folder << " (apt install dataset-fashion-mnist)");
    return;
  }
  struct Part {
    const char *images, *labels;
    int64_t size;
    double mean;  // of a pixel, 0 to 255; taken with NumPy
    std::vector<int64_t> first;
  };
  const Part parts[] = {{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", 60000,
                            3431114169 / 60000. / 784, {9, 0, 0, 3, 0, 2, 7, 2, 5, 5}},
      {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 10000, 573469082 / 10000. / 784,
          {9, 2, 1, 1, 6, 1, 4, 6, 5, 7}}};
  for (const Part& part : parts) {
    const ImageDataset set = read_idx(folder + part.images, folder + part.labels);
    CHECK(set.size() == part.size);
    CHECK(set.sample_shape() == Shape{1, 28, 28});
    const auto pixels = set.pixels().values<uint8_t>();
    const int64_t sum = std::accumulate(pixels.begin(), pixels.end(), int64_t{0});
    CHECK(static_cast<double>(sum) / static_cast<double>(pixels.size()) ==
          doctest::Approx(part.mean).epsilon(1e-12));
    std::array<int64_t, 10> count{};
    for (const int64_t label : set.labels().values<int64_t>()) ++count[label];
    for (const int64_t n : count) CHECK(n == part.size / 10);
    CHECK(list(set.labels().slice(0, 0, 10)) == part.first);
  }
}

TEST_CASE("file: value of grouped numbers") {
  const std::pair<int64_t, const char*> cases[] = {{0, "0"}, {999, "999"}, {1000, "1,000"},
      {60000, "60,000"}, {1234567, "1,234,567"}, {-12, "-12"}, {-123, "-123"}, {-1234, "-1,234"},
      {INT64_MIN, "-9,223,372,036,854,775,808"}};
  for (const auto& [n, text] : cases) CHECK(detail::grouped(n) == text);
}
