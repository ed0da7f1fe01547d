#include "lively/data/npy.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "lively/tensor/random.h"
#include "tests/data/files.h"
#include "tests/paths.h"

using namespace lively;
using files::Folder;

namespace {

const std::string kNpzFixtures = LIVELY_TEST_DATA "/npy/";

std::string npz_complaint(const std::string& path) {
  try {
    (void)read_npz(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

// Where the n-th record with this signature begins.
std::size_t find(const std::string& bytes, const char* signature, int n = 0) {
  std::size_t at = bytes.find(signature);
  while (n-- > 0) at = bytes.find(signature, at + 1);
  return at;
}
constexpr char kLocal[] = "PK\3\4", kCentral[] = "PK\1\2", kEnd[] = "PK\5\6";

std::string little_endian(std::size_t value, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

// As zip packs: the middle of a gzip member.
std::string deflated(const std::string& bytes) {
  const std::string member = files::gzip(bytes);
  return member.substr(10, member.size() - 18);
}

// A zip file of one packed entry, which its directory says unpacks to `size` bytes.
std::string zip_of(const std::string& name, const std::string& packed, std::size_t size) {
  const std::string what = std::string(4, '\0') + "\10" + std::string(5, '\0') +
                           little_endian(0, 4) + little_endian(packed.size(), 4) +
                           little_endian(size, 4) + little_endian(name.size(), 2);
  const std::string local = kLocal + what + std::string(2, '\0') + name + packed;
  const std::string central = kCentral + std::string(2, '\0') + what + std::string(16, '\0') + name;
  return local + central + kEnd + std::string(4, '\0') + "\1" + std::string(1, '\0') + "\1" +
         std::string(1, '\0') + little_endian(central.size(), 4) + little_endian(local.size(), 4) +
         std::string(2, '\0');
}

}  // namespace

TEST_CASE("npz: value of NumPy's files, stored and deflated") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    CAPTURE(name);
    const NamedTensors tensors = read_npz(kNpzFixtures + name);
    REQUIRE(tensors.size() == 3);
    const Tensor& f4 = tensors.at("f4");
    REQUIRE(f4.shape() == Shape{2, 3});
    for (int64_t i = 0; i < 6; ++i) CHECK(f4.at({i / 3, i % 3}) == .5 * static_cast<double>(i) - 1);
    const Tensor& i8 = tensors.at("i8");
    REQUIRE(i8.shape() == Shape{4, 25});
    CHECK(i8.dtype() == Dtype::int64);
    for (int64_t i = 0; i < 100; ++i) CHECK(i8.at({i / 25, i % 25}) == 7 * i - 3);
    CHECK(tensors.at("grüße").item() == -1);
  }
}

TEST_CASE("npz: value of a round trip") {
  const Folder folder;
  const std::string path = folder.file("a.npz");
  NamedTensors tensors;
  tensors["0.weight"] = Tensor::of<float>({1, 2, 3, 4, 5, 6}, {2, 3}).t();
  tensors["empty"] = Tensor::empty({0, 4}, Dtype::int64);
  tensors["läßt"] = Tensor::scalar(3, Dtype::float64);
  tensors["pixels.npy"] = Tensor::full({300, 300}, 7, Dtype::uint8);
  write_npz(path, tensors);
  const std::string first = files::read(path);
  const NamedTensors again = read_npz(path);
  REQUIRE(again.size() == 4);
  for (const auto& named : tensors) {
    CAPTURE(named.first);
    const Tensor& t = again.at(named.first);
    REQUIRE(t.shape() == named.second.shape());
    REQUIRE(t.dtype() == named.second.dtype());
    const Tensor rows = named.second.contiguous();
    CHECK(std::memcmp(t.bytes(), rows.bytes(),
              static_cast<std::size_t>(t.numel()) * item_size(t.dtype())) == 0);
  }
  write_npz(path, again);
  CHECK(files::read(path) == first);
  write_npz(path, {});
  CHECK(read_npz(path).empty());
}

TEST_CASE("npz: error texts") {
  const Folder folder;
  const std::string good = files::read(kNpzFixtures + "stored.npz");
  const std::string packed = files::read(kNpzFixtures + "deflated.npz");
  const auto says = [&](const std::string& bytes) {
    const std::string path = folder.write("bad.npz", bytes);
    const std::string text = npz_complaint(path);
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  };
  const auto changed = [](std::string bytes, std::size_t at, std::string_view to) {
    return bytes.replace(at, to.size(), to);
  };
  const std::size_t central = find(good, kCentral), end = find(good, kEnd);
  using namespace std::string_view_literals;
  CHECK(says("") == "ends after 0 bytes, not with a zip directory: no .npz, or cut short");
  CHECK(
      says(good.substr(0, good.size() - 1)).find("not with a zip directory") != std::string::npos);
  CHECK(says(good.substr(0, end) + "x" + good.substr(end))
            .find("do not end before its last record") != std::string::npos);
  CHECK(says(changed(good, central + 29, "\1"sv)) == "corrupt zip directory: an entry is cut");
  CHECK(says(changed(good, end + 8, "\2\0\2\0"sv)) ==
        "corrupt zip directory: it does not end after 2 entries");
  CHECK(says(changed(good, end + 8, "\3\0\4\0"sv)) == "is one of several parts of a zip file");
  CHECK(says(changed(good, end + 16, "\xff\xff\xff\xff"sv)) ==
        "is a zip64 file; those below 4 GiB are read");
  CHECK(says(changed(good, central + 8, "\1"sv)) == "'f4.npy': is encrypted");
  CHECK(says(changed(good, central + 10, "\14"sv)) ==
        "'f4.npy': compression method 12; 0 (stored) and 8 (deflate) are read");
  CHECK(says(changed(good, central + 24, "\xff\xff\xff\xff"sv)) ==
        "'f4.npy': is a zip64 entry; those below 4 GiB are read");
  CHECK(says(changed(good, central + 24, "\1"sv)) == "'f4.npy': 1 bytes cannot come from 152");
  CHECK(
      says(changed(good, central + 46, "x4.txt"sv)) == "'x4.txt': is no array; those end in .npy");
  CHECK(says(changed(good, find(good, kCentral, 1) + 46, "f4.npy"sv)) == "'f4.npy' comes twice");
  CHECK(says(changed(good, central + 46, "g4"sv)) ==
        "'g4.npy': byte 0: its header is not what the zip directory says");
  CHECK(says(changed(good, find(good, kCentral, 1) + 42, "\1"sv))
            .find("reaches into what follows it") != std::string::npos);
  CHECK(says(changed(good, 28, "\x40"sv)) == "'f4.npy': reaches into what follows it");
  CHECK(says(changed(good, find(good, kLocal, 1) - 1, "\x7f"sv)) ==
        "'f4.npy': corrupt data (the checksum differs)");
  CHECK(says(changed(packed, find(packed, kCentral) + 24, "\x99"sv))
            .find("; the header promises <f4") != std::string::npos);
}

TEST_CASE("npz: error texts of packed data that is not what the directory says") {
  const Folder folder;
  const std::string array = files::read(kNpzFixtures + "f4.npy");
  const auto says = [&](const std::string& packed) {
    const std::string path = folder.write("a.npz", zip_of("a.npy", packed, array.size()));
    const std::string text = npz_complaint(path), start = path + ": 'a.npy': ";
    REQUIRE(text.starts_with(start));
    return text.substr(start.size());
  };
  const std::string bytes = std::to_string(array.size());
  CHECK(says(deflated(array.substr(0, array.size() - 1))) ==
        "unpacks to less than the " + bytes + " bytes that the zip directory says");
  CHECK(says(deflated(array + "x")) ==
        "unpacks to more than the " + bytes + " bytes that the zip directory says");
  CHECK(says(deflated(array) + "x") == "corrupt packed data (does not end where it should)");
  CHECK(says(std::string(deflated(array).size(), '\xff')) ==
        "corrupt packed data (invalid block type)");
  CHECK(says(deflated(array)) == "corrupt data (the checksum differs)");
}

TEST_CASE("npz: error for more entries than a zip directory counts") {
  const Folder folder;
  NamedTensors many;
  for (int i = 0; i < 65535; ++i) many[std::to_string(i)] = Tensor::zeros({0});
  CHECK_THROWS_WITH_AS(write_npz(folder.file("many.npz"), many),
      "zip: '9999.npy': needs less than 4 GiB and 65535 entries in all", ValueError);
}

TEST_CASE("npz: error for a size that packed bytes cannot give") {
  const Folder folder;
  std::string packed = files::read(kNpzFixtures + "deflated.npz");
  packed.replace(find(packed, kCentral) + 24, 4, "\0\0\0\x70", 4);  // 1.75 GiB
  const std::string path = folder.write("bomb.npz", packed);
  CHECK(npz_complaint(path).find("1,879,048,192 bytes cannot come from") != std::string::npos);
}

TEST_CASE("npz: error for entries that share bytes, so that 3 kB unpack to 20 MB") {
  const std::string path = LIVELY_SOURCE_DIR "/tests/fuzz/corpus/npz/overlap";
  CHECK(npz_complaint(path).find("reaches into what follows it") != std::string::npos);
}

TEST_CASE("npz: error at every length of a file") {
  const Folder folder;
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string whole = files::read(kNpzFixtures + name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(!npz_complaint(folder.write("cut", whole.substr(0, length))).empty());
    }
  }
}

TEST_CASE("npz: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string whole[] = {
      files::read(kNpzFixtures + "stored.npz"), files::read(kNpzFixtures + "deflated.npz")};
  int good = 0;
  for (uint64_t round = 0; round < 6000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{42}, "npz", round);
    std::string bytes = whole[round % 2];
    const std::size_t central = bytes.find(kCentral);
    for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
      // Half of the changes where they mean most.
      const std::size_t at = stream.below(2) ? stream.below(bytes.size())
                                             : central + stream.below(bytes.size() - central);
      if (stream.below(8) == 0) {
        bytes.erase(at, 1);
      } else {
        bytes[at] = static_cast<char>(stream.below(2) ? stream.below(4) : stream.bits());
      }
    }
    const std::string path = folder.write("mutated.npz", bytes);
    const std::string text = npz_complaint(path);
    REQUIRE((text.empty() || text.starts_with(path + ": ")));
    good += text.empty();
  }
  CHECK(good > 100);
  CHECK(good < 4000);
}

TEST_CASE("npz: error texts of writing") {
  const Folder folder;
  const std::string path = folder.write("a.npz", "old");
  const Tensor t = Tensor::scalar(1);
  CHECK_THROWS_WITH_AS(
      write_npz(path, {{"", t}}), "write_npz: a tensor without a name", ValueError);
  CHECK_THROWS_WITH_AS(write_npz(path, {{std::string(65532, 'x'), t}}),
      "zip: a name of 65536 bytes: needs 1 to 65535", ValueError);
  CHECK(files::read(path) == "old");
}
