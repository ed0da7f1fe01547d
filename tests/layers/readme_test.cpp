#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/layers/sources.h"
#include "tests/paths.h"

using house::read;

TEST_CASE("readme: the program that it shows is the one that the consumer tests build and run") {
  const std::filesystem::path root = LIVELY_SOURCE_DIR;
  const std::string page = read(root / "README.md"), open = "```cpp\n";
  const auto from = page.find(open);
  REQUIRE(from != page.npos);
  const auto start = from + open.size();
  const std::string shown = page.substr(start, page.find("```", start) - start);
  CHECK(shown == read(root / "tests/consumer/main.cpp"));
}
