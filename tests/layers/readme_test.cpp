#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/paths.h"

namespace {

std::string read(const std::string& path) {
  std::ifstream in(std::string(LIVELY_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("readme: the program that it shows is the one that the consumer tests build and run") {
  const std::string page = read("README.md"), open = "```cpp\n";
  const auto from = page.find(open);
  REQUIRE(from != page.npos);
  const auto start = from + open.size();
  const std::string shown = page.substr(start, page.find("```", start) - start);
  CHECK(shown == read("tests/consumer/main.cpp"));
}
