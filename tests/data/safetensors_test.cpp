#include "lively/data/safetensors.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/data/files.h"
#include "tests/paths.h"

using namespace lively;
using files::Folder;

namespace {

std::string file_of(const std::string& header, const std::string& data = "") {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string text(values.size() * sizeof(T), '\0');
  std::memcpy(text.data(), values.data(), text.size());
  return text;
}

template <class T>
std::vector<T> list(const Tensor& t) {
  const auto values = t.values<T>();
  return {values.begin(), values.end()};
}

// {"a": …} with this dtype, shape and data_offsets
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets,
    const std::string& name = "a") {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape +
         "],\"data_offsets\":[" + offsets + "]}";
}
const std::string kOpen = "{";
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return message("{", entry(dtype, shape, offsets), "}");
}

// What the reader says about these bytes, without the path. Anything but a DataError fails.
std::string safetensors_complaint(const Folder& folder, const std::string& bytes) {
  const std::string path = folder.write("file", bytes);
  try {
    (void)read_safetensors(path);
  } catch (const DataError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  }
  return "";
}

}  // namespace

TEST_CASE("safetensors: value of each dtype, in whatever order the header has") {
  const Folder folder;
  const std::string header =
      kOpen + entry("I64", "2", "32,48", "labels") + "," + entry("F32", "2,2", "0,16", "weight") +
      ",\"__metadata__\":{\"format\":\"pt\",\"step\":\"7\"}, " +
      entry("F64", "2", "16,32", "double") + "," + entry("BOOL", "3", "48,51", "mask") + "," +
      entry("U8", "", "51,52", "byte") + "}  \n";
  const std::string data = raw<float>({1, -2, 0.5f, std::numeric_limits<float>::infinity()}) +
                           raw<double>({0.1, -1e300}) + raw<int64_t>({-1, INT64_MAX}) +
                           files::bytes({1, 0, 1, 200});
  const Safetensors file = read_safetensors(folder.write("file", file_of(header, data)));
  CHECK(file.tensors.size() == 5);
  CHECK(file.at("weight").shape() == Shape{2, 2});
  CHECK(list<float>(file.at("weight")) ==
        std::vector<float>{1, -2, 0.5f, std::numeric_limits<float>::infinity()});
  CHECK(list<double>(file.at("double")) == std::vector<double>{0.1, -1e300});
  CHECK(list<int64_t>(file.at("labels")) == std::vector<int64_t>{-1, INT64_MAX});
  CHECK(list<uint8_t>(file.at("mask")) == std::vector<uint8_t>{1, 0, 1});
  CHECK(file.at("byte").rank() == 0);
  CHECK(file.at("byte").item() == 200);
  CHECK(file.metadata.size() == 2);
  CHECK(file.metadata.find("step")->second == "7");
  CHECK_THROWS_WITH_AS((void)file.at("bias"), "safetensors: no tensor 'bias'", ValueError);
}

TEST_CASE("safetensors: value of empty files and empty tensors") {
  const Folder folder;
  CHECK(read_safetensors(folder.write("none", file_of("{}"))).tensors.empty());
  const std::string header = kOpen + entry("F32", "0,3", "0,0", "first") + "," +
                             entry("F32", "1", "0,4", "one") + "," +
                             entry("F32", "2,0", "4,4", "last") + "}";
  const Safetensors file = read_safetensors(folder.write("some", file_of(header, raw<float>({5}))));
  CHECK(file.at("first").shape() == Shape{0, 3});
  CHECK(file.at("last").numel() == 0);
  CHECK(file.at("one").item() == 5);
}

TEST_CASE("safetensors: value of escaped names") {
  const Folder folder;
  const std::string header =
      kOpen + entry("U8", "1", "0,1", R"(a\"\\\/\u00e9\ud83d\ude00\n)") + "}";
  const Safetensors file = read_safetensors(folder.write("file", file_of(header, "x")));
  CHECK(file.tensors.begin()->first == "a\"\\/\u00e9\U0001F600\n");
}

TEST_CASE("safetensors: error texts of the frame") {
  const Folder folder;
  CHECK(safetensors_complaint(folder, "") ==
        "ends after 0 bytes; safetensors begin with 8 for the length of the header");
  CHECK(safetensors_complaint(folder, "1234567") ==
        "ends after 7 bytes; safetensors begin with 8 for the length of the header");
  CHECK(safetensors_complaint(folder, raw<uint64_t>({100'000'001}) + "{}") ==
        "byte 0: a header of 100000001 bytes; at most 100000000 are allowed");
  CHECK(safetensors_complaint(folder, raw<uint64_t>({UINT64_MAX}) + "{}") ==
        "byte 0: a header of 18446744073709551615 bytes; at most 100000000 are allowed");
  CHECK(safetensors_complaint(folder, raw<uint64_t>({3}) + "{}") ==
        "ends after 10 bytes; its header alone takes 11");
  CHECK(safetensors_complaint(folder, file_of("{}", "x")) == "byte 10: belongs to no tensor");
  CHECK_THROWS_WITH_AS((void)read_safetensors("/no/such/file"),
      "/no/such/file: No such file or directory", DataError);
}

TEST_CASE("safetensors: error texts of the layout") {
  const Folder folder;
  const auto two = [&](const std::string& a, const std::string& b) {
    return file_of(
        kOpen + entry("U8", "4", a, "a") + "," + entry("U8", "4", b, "b") + "}", "12345678");
  };
  const std::string start = std::to_string(two("0,4", "4,8").size() - 8);
  const auto byte = [&](int n) { return message("byte ", std::stoi(start) + n, ": "); };
  CHECK(safetensors_complaint(folder, two("0,4", "4,8")) == "");
  CHECK(safetensors_complaint(folder, two("0,4", "2,6")) == byte(4) + "an overlap with 'b'");
  CHECK(safetensors_complaint(folder, two("0,4", "0,4")) == byte(4) + "an overlap with 'b'");
  CHECK(safetensors_complaint(folder, two("1,5", "5,8")) == byte(0) + "a hole before 'a'");
  CHECK(safetensors_complaint(folder, two("0,2", "4,8")) == byte(2) + "a hole before 'b'");
  CHECK(safetensors_complaint(folder, two("0,4", "4,7")) == byte(7) + "belongs to no tensor");
  CHECK(safetensors_complaint(folder, two("0,4", "4,9")) ==
        "ends after " + byte(8).substr(5, byte(8).size() - 7) +
            " bytes; the header promises 9 bytes of data, from byte " + start + " on");
  CHECK(safetensors_complaint(folder, two("0,4", "4,9223372036854775807"))
            .find("the header promises 9,223,3") != std::string::npos);
}

TEST_CASE("safetensors: error texts of one tensor") {
  const Folder folder;
  const auto says = [&](const std::string& header) {
    return safetensors_complaint(folder, file_of(header, "12345678"));
  };
  CHECK(says(one("U8", "8", "0,8")) == "");
  CHECK(says(one("F16", "4", "0,8")) == "'a': dtype 'F16'; F32, F64, I64, U8 and BOOL are read");
  CHECK(
      says(one("F32", "3", "0,8")) == "'a': F32 [3] does not fill the 8 bytes of its data_offsets");
  CHECK(
      says(one("F32", "0", "0,8")) == "'a': F32 [0] does not fill the 8 bytes of its data_offsets");
  CHECK(
      says(one("F32", "4611686018427387905,2", "0,8")).find("does not fill") != std::string::npos);
  CHECK(safetensors_complaint(
            folder, file_of(one("F32", "0,4611686018427387905,4611686018427387905", "0,0")))
            .find("does not fill the 0 bytes") != std::string::npos);
  CHECK(says(one("BOOL", "8", "0,8")) == "'a': BOOL with the value 49");
}

TEST_CASE("safetensors: error texts of the header") {
  const Folder folder;
  struct Case {
    std::string header, text;
  };
  const std::string good = entry("U8", "8", "0,8");
  const Case cases[] = {
      {"", "byte 8: expected {"},
      {" {}", "byte 8: expected {"},
      {"[]", "byte 8: expected {"},
      {"{", "byte 9: expected \""},
      {"{\"a\"", "byte 12: expected :"},
      {"{\"a\":", "byte 13: expected {"},
      {"{\"a\":1}", "byte 13: expected {"},
      {"{\"a\":{}}", "byte 15: 'a': needs dtype, shape and data_offsets"},
      {"{" + good + ",}", "byte 61: expected \""},
      {"{" + good + "}x", "byte 61: something follows the header's closing }"},
      {"{" + good + "," + good + "}", "byte 64: 'a' comes twice"},
      {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "byte 34: 'dtype' comes twice"},
      {"{\"a\":{\"dtyp\":\"U8\"}}", "byte 21: 'a': unknown key 'dtyp'"},
      {"{\"a\":{\"shape\":[1,2,3,4,5,6,7,8,9]}}", "byte 39: more than 8 numbers"},
      {"{\"a\":{\"shape\":[-1]}}", "byte 23: expected a whole number from 0 on"},
      {"{\"a\":{\"shape\":[1.5]}}", "byte 24: expected ]"},
      {"{\"a\":{\"shape\":[1e2]}}", "byte 24: expected ]"},
      {"{\"a\":{\"shape\":[01]}}", "byte 24: expected ]"},
      {"{\"a\":{\"shape\":[9223372036854775808]}}", "byte 41: the number is too large"},
      {"{\"a\":{\"shape\":[[1]]}}", "byte 23: expected a whole number from 0 on"},
      {"{\"a\":{\"data_offsets\":[1]}}",
          "byte 32: 'a': data_offsets must be two numbers, the smaller first"},
      {"{\"a\":{\"data_offsets\":[8,0]}}",
          "byte 34: 'a': data_offsets must be two numbers, the smaller first"},
      {"{\"a\":{\"dtype\":8}}", "byte 22: expected \""},
      {"{\"__metadata__\":{\"a\":1}}", "byte 29: expected \""},
      {"{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", "byte 35: 'a' comes twice"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", "byte 41: '__metadata__' comes twice"},
      {"{\"a", "byte 11: the header ends inside a string"},
      {"{\"\n\":{}}", "byte 10: a control character in a string"},
      {"{\"\\x\":{}}", "byte 11: an unknown escape in a string"},
      {"{\"\\", "byte 11: an unknown escape in a string"},
      {"{\"\\u12g4\":{}}", "byte 14: an unknown escape in a string"},
      {"{\"\\ud800\":{}}", "byte 16: half of a surrogate pair"},
      {"{\"\\ud800\\u0041\":{}}", "byte 22: half of a surrogate pair"},
      {"{\"\\udc00\":{}}", "byte 16: half of a surrogate pair"},
      {"{\"\xff\":{}}", "byte 10: not valid UTF-8"},
      {"{\"\xc0\x80\":{}}", "byte 10: not valid UTF-8"},
      {"{\"\xed\xa0\x80\":{}}", "byte 10: not valid UTF-8"},
      {"{\"\xe2\x82", "byte 10: not valid UTF-8"},
      {std::string("{\0}", 3), "byte 9: expected \""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header);
    CHECK(safetensors_complaint(folder, file_of(c.header, "12345678")) == c.text);
  }
}

TEST_CASE("safetensors: error texts show strange names shortened and clean") {
  const Folder folder;
  const std::string header = "{\"\\u0007" + std::string(200, 'n') + "\":{}}";
  CHECK(safetensors_complaint(folder, file_of(header)) ==
        "byte 220: '?" + std::string(79, 'n') + "…': needs dtype, shape and data_offsets");
}

TEST_CASE("safetensors: value of the reference cases") {
  const std::string path = LIVELY_SOURCE_DIR "/../shared/reference/cases.safetensors";
  if (!files::fs::exists(path)) {
    MESSAGE("skipped: needs " << path);
    return;
  }
  const Safetensors file = read_safetensors(path);
  CHECK(file.tensors.size() > 1000);
  const Tensor x = file.at("activation/relu/in/x"), y = file.at("activation/relu/out/y");
  REQUIRE(x.shape() == Shape{3, 9});
  for (std::size_t i = 0; i < 27; ++i) {
    const float v = x.values<float>()[i];
    CHECK(y.values<float>()[i] == (v > 0 ? v : 0));
  }
}

TEST_CASE("safetensors: what is written is read again, bit for bit") {
  const Folder folder;
  const std::string path = folder.write("file", "an older one");
  Safetensors content;
  content.metadata["quote \" and \\"] = "line\nbreak, tab\t, ü";
  content.tensors.insert_or_assign("b", Tensor::of<float>({1.5f, NAN, -0.f, 4}, {2, 2}).t());
  content.tensors.insert_or_assign("a.weight", Tensor::of<double>({1, 2, 3}, {3}));
  content.tensors.insert_or_assign("c", Tensor::of<int64_t>({-7}, {}));
  content.tensors.insert_or_assign("d", Tensor::of<uint8_t>({1, 2, 3}, {3, 1}));
  content.tensors.insert_or_assign("none", Tensor::zeros({0, 4}));
  write_safetensors(path, content);
  const Safetensors got = read_safetensors(path);
  CHECK(got.metadata == content.metadata);
  REQUIRE(got.tensors.size() == 5);
  for (const auto& [name, t] : content.tensors) {
    const Tensor want = t.contiguous(), have = got.at(name);
    CHECK(have.shape() == want.shape());
    CHECK(have.dtype() == want.dtype());
    CHECK(std::memcmp(have.bytes(), want.bytes(),
              static_cast<std::size_t>(want.numel()) * item_size(want.dtype())) == 0);
  }
}

TEST_CASE("safetensors: error for every bit that is changed in what was written") {
  const Folder folder;
  const std::string path = folder.write("file", "");
  Safetensors content;
  content.metadata["lively.flags"] = "--lr=0.1";
  content.tensors.insert_or_assign("0.weight", Tensor::of<float>({1.5f, NAN, -0.f, 4}, {2, 2}));
  content.tensors.insert_or_assign("0.bias", Tensor::of<int64_t>({3, -7}));
  write_safetensors(path, content);
  const std::string whole = files::read(path);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const std::string other = folder.write("damaged", damaged);
    CAPTURE(bit);
    try {
      (void)read_safetensors(other);
      FAIL_CHECK("was read");
    } catch (const DataError& e) {
      CHECK(std::string(e.what()).starts_with(other));
    }
  }
  std::string changed = whole;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const std::string other = folder.write("changed", changed);
  CHECK_THROWS_WITH_AS((void)read_safetensors(other),
      doctest::Contains("damaged, or changed by a program that kept lively.crc32"), DataError);
}

TEST_CASE("safetensors: metadata whose name ends as the checksum's is kept") {
  const Folder folder;
  const std::string path = folder.write("file", "");
  Safetensors content;
  content.metadata["a\"lively.crc32"] = "12345678";
  content.metadata["b\"lively.crc32"] = "1";
  content.tensors.insert_or_assign("weight", Tensor::ones({2}));
  write_safetensors(path, content);
  CHECK(read_safetensors(path).metadata == content.metadata);
}

TEST_CASE("safetensors: error texts of writing") {
  CHECK_THROWS_WITH_AS(write_safetensors("no.safetensors", {{{"a\xff", Tensor::ones({1})}}, {}}),
      "write_safetensors: a\xff: names and metadata must be UTF-8", ValueError);
  CHECK_THROWS_WITH_AS(write_safetensors("no.safetensors", {{}, {{"flags", "\xc0\x80"}}}),
      "write_safetensors: \xc0\x80: names and metadata must be UTF-8", ValueError);
  // What a reader would refuse is not written.
  CHECK_THROWS_WITH_AS(write_safetensors("no.safetensors", {{}, {{"lively.crc33", "1"}}}),
      "write_safetensors: metadata lively.crc33: would be read as a damaged lively.crc32",
      ValueError);
  Safetensors content;
  CHECK_THROWS_WITH_AS(write_safetensors("/no/such/folder/x", content),
      "/no/such/folder/x: cannot be written: No such file or directory", Error);
  content.tensors.insert_or_assign("__metadata__", Tensor::ones({1}));
  CHECK_THROWS_WITH_AS(write_safetensors("/tmp/x", content),
      "/tmp/x: a tensor may not be called __metadata__", ValueError);
}
