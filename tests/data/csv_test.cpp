#include "lively/data/csv.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lively/tensor/random.h"
#include "tests/data/files.h"

using namespace lively;
using files::Folder;

namespace {

std::vector<float> inputs(const TensorDataset& set) {
  const auto values = set.inputs().values<float>();
  return {values.begin(), values.end()};
}
std::vector<int64_t> labels(const TensorDataset& set) {
  const auto values = set.labels().values<int64_t>();
  return {values.begin(), values.end()};
}

std::string csv_complaint(const std::string& path, const CsvOptions& options = {}) {
  try {
    (void)read_csv(path, options);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("csv: value of plain tables") {
  const Folder folder;
  const TensorDataset set = read_csv(folder.write("a.csv", "1,-2.5,0\n3e2,.5,2\n+4,1e-3,1\n"));
  CHECK(set.inputs().shape() == Shape{3, 2});
  CHECK(inputs(set) == std::vector<float>{1, -2.5f, 300, .5f, 4, .001f});
  CHECK(labels(set) == std::vector<int64_t>{0, 2, 1});
  CHECK(set.classes() == 3);
}

TEST_CASE("csv: value is the same however a table is written") {
  const Folder folder;
  const struct {
    const char* what;
    std::string bytes;
    CsvOptions options;
  } cases[] = {
      {"plain", "1,2,0\n3,4,1\n", {}},
      {"no newline at the end", "1,2,0\n3,4,1", {}},
      {"Windows", "1,2,0\r\n3,4,1\r\n", {}},
      {"byte order mark",
          "\xef\xbb\xbf"
          "1,2,0\n3,4,1\n",
          {}},
      {"empty lines", "\n1,2,0\n\r\n3,4,1\n\n", {}},
      {"blanks", " 1 ,\t2,0 \n3,4, 1\n", {}},
      {"quotes", "\"1\",2,\"0\"\n3, \"4\" ,1\n", {}},
      {"a label with a point", "1,2,0.0\n3,4,1e0\n", {}},
      {"semicolons", "1;2;0\n3;4;1\n", {.separator = ';'}},
      {"tabs", "1\t 2\t0\n3\t4\t1\n", {.separator = '\t'}},
      {"spaces", "1 2 0\n3 4 1\n", {.separator = ' '}},
      {"header", "a,\"b, \"\"c\"\"\",label\n1,2,0\n3,4,1\n", {.header = true}},
      {"labels in front", "0,1,2\n1,3,4\n", {.label_column = 0}},
      {"labels in the middle", "1,0,2\n3,1,4\n", {.label_column = -2}},
      {"gzip", files::gzip("1,2,0\n3,4,1\n"), {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    const TensorDataset set = read_csv(folder.write("table", c.bytes), c.options);
    CHECK(inputs(set) == std::vector<float>{1, 2, 3, 4});
    CHECK(labels(set) == std::vector<int64_t>{0, 1});
  }
}

TEST_CASE("csv: value of a table longer than the reader's pieces") {
  const Folder folder;
  std::string bytes;
  for (int i = 0; i < 30000; ++i)
    bytes += std::to_string(i) + ".25," + std::to_string(-i) + "," + std::to_string(i % 7) + "\n";
  const TensorDataset set = read_csv(folder.write("long", bytes));
  REQUIRE(set.size() == 30000);
  CHECK(set.classes() == 7);
  int wrong = 0;
  const std::vector<float> values = inputs(set);
  for (std::size_t i = 0; i < 30000; ++i) {
    const auto v = static_cast<float>(i);
    wrong += values[2 * i] != v + .25f || values[2 * i + 1] != -v;
  }
  CHECK(wrong == 0);
}

TEST_CASE("csv: error texts") {
  const struct {
    const char *bytes, *text;
  } cases[] = {
      {"", "has no line of numbers"},
      {"\n\r\n\n", "has no line of numbers"},
      {"1,2,0\n1,abc,0\n", "line 2, column 2: 'abc' is no number"},
      {"1,2,0\n\n1,,0\n", "line 3, column 2: '' is no number"},
      {"1,2x,0\n", "line 1, column 2: '2x' is no number"},
      {"1,+-2,0\n", "line 1, column 2: '+-2' is no number"},
      {"1,0x10,0\n", "line 1, column 2: '0x10' is no number"},
      {"1,2 3,0\n", "line 1, column 2: '2 3' is no number"},
      {"1,\"2\"3,0\n", "line 1, column 2: text after the closing quote"},
      {"1,\"2,0\n", "line 1, column 2: a quote that is not closed on this line"},
      {"nan,2,0\n", "line 1, column 1: 'nan' is not finite"},
      {"1,-inf,0\n", "line 1, column 2: '-inf' is not finite"},
      {"1,1e39,0\n", "line 1, column 2: '1e39' is out of float32's range"},
      {"1,1e999,0\n", "line 1, column 2: '1e999' is out of float32's range"},
      {"1,2,-1\n", "line 1, column 3: label '-1'; labels are whole numbers from 0 to 2147483646"},
      {"1,2,1.5\n", "line 1, column 3: label '1.5'; labels are whole numbers from 0 to 2147483646"},
      {"1,2,2147483647\n",
          "line 1, column 3: label '2147483647'; labels are whole numbers from 0 to 2147483646"},
      {"1,2,0\n\n1,2\n", "line 3: has 2 columns; line 1 has 3"},
      {"1,2,0\n1\n", "line 2: has 1 column; line 1 has 3"},
      {"1,2,0\n1,2,0,\n", "line 2: has 4 columns; line 1 has 3"},
      {"5\n", "line 1: has 1 column; needs a label and at least one input"},
  };
  const Folder folder;
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    const std::string path = folder.write("bad", c.bytes);
    CHECK(csv_complaint(path) == path + ": " + c.text);
  }
  const std::string names = folder.write("names", "a,b,c\n1,2,0\n");
  CHECK(csv_complaint(names) == names + ": line 1, column 1: 'a' is no number");
  const std::string only = folder.write("only", "a,b,c\n");
  CHECK(csv_complaint(only, {.header = true}) == only + ": has no line of numbers");
  const std::string fewer = folder.write("fewer", "a,b\n1,2,0\n");
  CHECK(csv_complaint(fewer, {.header = true}) == fewer + ": line 2: has 3 columns; line 1 has 2");
}

TEST_CASE("csv: error for a line without end, from a packed file of a few kB") {
  const Folder folder;
  const std::string path =
      folder.write("table", files::gzip("1,0\n" + std::string(70'000'000, ' ')));
  CHECK_THROWS_WITH_AS((void)read_csv(path),
      (path + ": line 2: is longer than 67,108,864 bytes").c_str(), DataError);
}

TEST_CASE("csv: error texts of options") {
  const Folder folder;
  const std::string path = folder.write("table", "1,2,0\n");
  for (const int column : {3, -4})
    CHECK_THROWS_WITH_AS((void)read_csv(path, {.label_column = column}),
        message("read_csv: label column ", column, ": line 1 of ", path, " has 3 columns").c_str(),
        ValueError);
  for (const char c : {'5', '"', '.', '-', '\n', '\0'})
    CHECK_THROWS_AS((void)read_csv(path, {.separator = c}), ValueError);
  CHECK_THROWS_WITH_AS((void)read_csv(path, {.separator = 'e'}),
      "read_csv: separator 'e': needs one of , ; | : tab space", ValueError);
}

TEST_CASE("csv: error at every length of a packed file") {
  const Folder folder;
  const std::string whole = files::gzip("1,2,0\n3,4,1\n");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(!csv_complaint(folder.write("cut", whole.substr(0, length))).empty());
  }
  const std::string path = folder.write("cut", whole.substr(0, whole.size() - 1));
  CHECK(csv_complaint(path) ==
        path + ": ends after " + std::to_string(whole.size() - 1) + " bytes, inside packed data");
}

TEST_CASE("csv: error or value, never a crash, for mutated files") {
  const Folder folder;
  const std::string whole = "a,\"b\",c\r\n1,-2.5e1,0\n\"3\",4 ,1\n5,6,2\n";
  const std::string alphabet = "0123456789.,-+e\"; \r\n\tinfa\xef\xbb";
  int good = 0;
  for (uint64_t round = 0; round < 6000; ++round) {
    CAPTURE(round);
    Stream stream(Seed{31}, "csv", round);
    std::string bytes = whole;
    for (uint64_t changes = 1 + stream.below(3); changes > 0; --changes) {
      const std::size_t at = stream.below(bytes.size());
      const char c = stream.below(10) ? alphabet[stream.below(alphabet.size())]
                                      : static_cast<char>(stream.bits());
      switch (stream.below(4)) {
        case 0:
          bytes.erase(at, 1 + stream.below(4));
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        case 2:
          bytes.insert(at, bytes.substr(stream.below(bytes.size()), 8));
          break;
        default:
          bytes[at] = c;
      }
      if (bytes.empty()) bytes = "1";
    }
    const std::string path = folder.write("mutated", bytes);
    try {
      const TensorDataset set = read_csv(path, {.header = true});
      ++good;
      REQUIRE(set.size() > 0);
      for (const float v : set.inputs().values<float>())
        REQUIRE(std::abs(v) <= std::numeric_limits<float>::max());
    } catch (const DataError& error) {
      REQUIRE(std::string_view(error.what()).starts_with(path + ": "));
    }
  }
  CHECK(good > 500);
  CHECK(good < 5500);
}
