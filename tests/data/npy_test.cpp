#include "lively/data/npy.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "lively/tensor/block_pool.h"
#include "lively/tensor/random.h"
#include "tests/data/files.h"
#include "tests/paths.h"

using namespace lively;
using files::Folder;

namespace {

const std::string kFixtures = LIVELY_TEST_DATA "/npy/";  // made by make.py there

bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const Tensor x = a.contiguous(), y = b.contiguous();
  return std::memcmp(
             x.bytes(), y.bytes(), static_cast<std::size_t>(x.numel()) * item_size(x.dtype())) == 0;
}

Tensor ramp(const Shape& shape, Dtype dtype, double step, double first) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.numel(); ++i)
    values.push_back(step * static_cast<double>(i) + first);
  return Tensor::of(values, shape).to(dtype);
}
Tensor floats(const Shape& shape, Dtype dtype) { return ramp(shape, dtype, .5, -1); }

// A file of format version 1.0.
std::string npy(const std::string& header, const std::string& data) {
  std::string start("\x93NUMPY\1\0", 8);
  start +=
      files::bytes({static_cast<int>(header.size() & 255), static_cast<int>(header.size() >> 8)});
  return start + header + data;
}
const std::string kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }  \n";
const std::string kWhole = npy(kHeader, std::string("\0\0\x80\x3f\0\0\0\x40", 8));

std::string npy_complaint(const std::string& path) {
  try {
    (void)read_npy(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("npy: value of NumPy's files") {
  const auto read = [](const char* name) { return read_npy(kFixtures + name); };
  CHECK(same(read("f4.npy"), floats({2, 3}, Dtype::float32)));
  CHECK(same(read("f4_fortran.npy"), floats({2, 3, 4}, Dtype::float32)));
  CHECK(read("f4_fortran.npy").is_contiguous());
  CHECK(same(read("f8_version2.npy"), floats({5}, Dtype::float64)));
  CHECK(same(read("f8_scalar.npy"), floats({}, Dtype::float64)));
  CHECK(same(read("i8_fortran.npy"), ramp({3, 2}, Dtype::int64, 7, -3)));
  CHECK(same(read("u1.npy"), ramp({1, 2, 2}, Dtype::uint8, 11, 0)));
  CHECK(same(read("b1.npy"), Tensor::of<uint8_t>({0, 1, 0})));
  CHECK(same(read("empty.npy"), Tensor::empty({3, 0})));
  CHECK_THROWS_WITH_AS((void)read("f2.npy"),
      (kFixtures + "f2.npy: dtype '<f2'; <f4, <f8, |b1 and whole numbers up to <i8 are read")
          .c_str(),
      DataError);
  CHECK_THROWS_WITH_AS((void)read("big_endian.npy"),
      (kFixtures +
          "big_endian.npy: dtype '>f4'; <f4, <f8, |b1 and whole numbers up to <i8 are read")
          .c_str(),
      DataError);
}

TEST_CASE("npy: value of a round trip") {
  const Folder folder;
  const std::string path = folder.file("a.npy");
  const Tensor all[] = {floats({2, 3, 4}, Dtype::float32), floats({}, Dtype::float32),
      floats({7}, Dtype::float64), Tensor::empty({2, 0}), ramp({3, 2}, Dtype::int64, -5, 1),
      ramp({300}, Dtype::uint8, .5, 0), Tensor::full({1, 1, 1, 1, 1, 1, 1, 2}, NAN),
      floats({4, 6}, Dtype::float32).t(), floats({4, 6}, Dtype::float32).slice(1, 1, 6, 2)};
  for (const Tensor& t : all) {
    write_npy(path, t);
    CHECK(same(read_npy(path), t));
    const std::string bytes = files::read(path);
    CHECK((bytes.find('\n') + 1) % 64 == 0);
  }
}

TEST_CASE("npy: value of written bytes is NumPy's") {
  const Folder folder;
  for (const char* name : {"f4.npy", "u1.npy", "f8_scalar.npy", "empty.npy"}) {
    CAPTURE(name);
    const std::string path = folder.file(name);
    write_npy(path, read_npy(kFixtures + name));
    CHECK(files::read(path) == files::read(kFixtures + name));
  }
}

TEST_CASE("npy: error for a header without end") {
  const Folder folder;
  std::string bytes = "\x93NUMPY" + files::bytes({2, 0, 0, 0, 17, 0});  // 1,114,112
  bytes += std::string(1'200'000, ' ');
  const std::string path = folder.write("a.npy", bytes);
  CHECK(npy_complaint(path) ==
        path + ": byte 8: a header of 1,114,112 bytes; at most 1,048,576 are read");
}

TEST_CASE("npy: value of headers as others write them") {
  const Folder folder;
  const std::string data(24, 'x');
  for (const char* header : {"{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
           "{'shape': (2, 3,), 'fortran_order': False, 'descr': \"<f4\"}\n",
           " { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 ) , } \n"}) {
    CAPTURE(header);
    CHECK(read_npy(folder.write("a.npy", npy(header, data))).shape() == Shape{2, 3});
  }
}

TEST_CASE("npy: error texts") {
  const std::string data(8, 'x');
  const auto with = [&](const std::string& header) { return npy(header, data); };
  std::string version = kWhole, version2 = kWhole;
  version[6] = 3;
  version2[6] = 2;  // the length then has two bytes more: the first of the header
  const struct {
    const char* what;
    std::string bytes, text;
  } cases[] = {
      {"empty", "", "ends after 0 bytes; the header alone of .npy takes 10"},
      {"magic", "\x93NUMPX\1\0\0\0", "is no .npy file; those begin with \\x93NUMPY"},
      {"a text", "P5", "is no .npy file; those begin with \\x93NUMPY"},
      {"version", version, "byte 6: format version 3.0; 1.0 and 2.0 are read"},
      {"cut in the header", kWhole.substr(0, 50),
          "ends after 50 bytes; the header alone of .npy takes 72"},
      {"a byte missing", kWhole.substr(0, kWhole.size() - 1),
          "ends after 79 bytes; the header promises <f4 [1,2] from byte 72 on"},
      {"a byte too many", kWhole + "x",
          "ends after 81 bytes; the header promises <f4 [1,2] from byte 72 on"},
      {"a long header", version2,
          "ends after 80 bytes; the header alone of .npy takes 662,372,426"},
      {"sizes beyond 64 bits",
          with("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
          "ends after 95 bytes; the header promises <f4 [4294967296,4294967296] from byte 87 on"},
      {"no dictionary", with("shape"), "byte 10: expected '{'"},
      {"key", with("{'descr': '<f4', 'color': 3}"), "byte 35: unknown key 'color'"},
      {"twice", with("{'descr': '<f4', 'descr': '<f4'}"), "byte 35: 'descr' comes twice"},
      {"missing", with("{'descr': '<f4', 'fortran_order': False}"),
          "byte 50: needs descr, fortran_order and shape"},
      {"structured", with("{'descr': [('x', '<f4')]}"), "byte 20: expected a string"},
      {"boolean", with("{'fortran_order': 0}"), "byte 28: expected True or False"},
      {"no tuple", with("{'shape': (2)}"), "byte 22: expected ','"},
      {"negative", with("{'shape': (-2,)}"), "byte 21: expected a whole number from 0 on"},
      {"too large", with("{'shape': (9223372036854775808,)}"),
          "byte 21: expected a whole number from 0 on"},
      {"nine axes", with("{'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}"), "byte 45: more than 8 axes"},
      {"more text", with("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}x\n"),
          "byte 65: text after the dictionary"},
      {"BOOL", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (8,)}\n", data),
          "|b1 with the value 120"},
  };
  const Folder folder;
  for (const auto& c : cases) {
    CAPTURE(c.what);
    const std::string path = folder.write("bad", c.bytes);
    CHECK(npy_complaint(path) == path + ": " + c.text);
  }
  CHECK(npy_complaint(folder.file("none")) == folder.file("none") + ": No such file or directory");
}

TEST_CASE("npy: error for a promise that the file cannot hold, before memory is taken") {
  const Folder folder;
  const std::string path = folder.write(
      "a", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000)}\n", "xxxx"));
  const int64_t before = memory_stats().system_requests;
  CHECK(npy_complaint(path).find("the header promises <f4 [1000000000,1000]") != std::string::npos);
  CHECK(memory_stats().system_requests == before);
}

TEST_CASE("npy: error at every length of a file") {
  const Folder folder;
  CHECK(npy_complaint(folder.write("whole", kWhole)) == "");
  for (std::size_t length = 0; length < kWhole.size(); ++length) {
    CAPTURE(length);
    CHECK(!npy_complaint(folder.write("cut", kWhole.substr(0, length))).empty());
  }
}

TEST_CASE("npy: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string alphabet = "{}()',: \"0123456789<>|fiubTrueFalse\n\\L-";
  int good = 0;
  for (uint64_t round = 0; round < 6000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{41}, "npy", round);
    std::string header = kHeader;
    for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
      const std::size_t at = stream.below(header.size());
      const char c = alphabet[stream.below(alphabet.size())];
      switch (stream.below(4)) {
        case 0:
          header.erase(at, 1);
          break;
        case 1:
          header.insert(at, 1, c);
          break;
        case 2:
          header.insert(at, header.substr(stream.below(header.size()), 10));
          break;
        default:
          header[at] = c;
      }
    }
    std::string bytes = npy(header, kWhole.substr(kWhole.size() - 8));
    if (stream.below(4) == 0) bytes[stream.below(bytes.size())] = static_cast<char>(stream.bits());
    const std::string path = folder.write("mutated", bytes);
    try {
      const Tensor t = read_npy(path);
      ++good;
      REQUIRE(static_cast<std::size_t>(t.numel()) * item_size(t.dtype()) <= 8);
    } catch (const DataError& error) {
      REQUIRE(std::string_view(error.what()).starts_with(path + ": "));
    }
  }
  CHECK(good > 50);
  CHECK(good < 3000);
}

TEST_CASE("npy: error of a write leaves the old file") {
  const Folder folder;
  const std::string path = folder.file("none/a.npy");
  CHECK_THROWS_WITH_AS(write_npy(path, Tensor::scalar(1)),
      (path + ": cannot be written: No such file or directory").c_str(), Error);
  CHECK_THROWS_WITH_AS(write_npy(folder.file("a.npy"), Tensor()),
      "write_npy: a tensor without elements or shape: needs a defined one", StateError);
}
