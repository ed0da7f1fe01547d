#include "lively/data/lines.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "lively/tensor/error.h"
#include "tests/data/files.h"

using namespace lively;

TEST_CASE("lines: value, each with its end, in the place of what was there") {
  const files::Folder folder;
  const std::string path = folder.file("run.jsonl");
  const auto text = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  write_lines(path, std::vector<std::string>{"a", "", "b"});
  CHECK(text() == "a\n\nb\n");
  write_lines(path, {});
  CHECK(text().empty());
  CHECK_THROWS_AS(write_lines(folder.file("none/run.jsonl"), {}), Error);
}
